/* labkit cloud: the practice cloud, served until Ctrl-C; labkit cloud init: its account. */
#include "cli/command.h"
#include "cloud/cloud.h"

#include "base/mem.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option serve_options[] = {
    {"port", "N", "port on 127.0.0.1 (default 4500; 0: any free one)", false, 'p'},
    {"dir", "FOLDER", "where its state is (default: labbook's data folder)", false, 'd'},
    {"pace", "WORD", "fast (default), or real: jobs take as long as on AWS", false, 0},
    {NULL, NULL, NULL, false, 0},
};

static const struct option init_options[] = {
    {"dir", "FOLDER", "where its state is (default: labbook's data folder)", false, 'd'},
    {"account", "DIGITS", "the account's 12 digits (default: made up)", false, 0},
    {"region", "NAME", "the region that the book uses (default us-east-1)", false, 0},
    {"write-profile", NULL, "put a profile 'practice' into the AWS tools' files", false, 0},
    {NULL, NULL, NULL, false, 0},
};

static void block_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, set, NULL); /* before any thread is made */
    signal(SIGPIPE, SIG_IGN);
}

static int serve(const struct args *a, struct lk_error *err)
{
    const char *pace = args_get(a, "pace");
    struct cloud_options o = {.folder = args_get(a, "dir")};
    struct cloud *cloud;
    sigset_t set;
    int64_t port;
    int got;
    enum lk_status st = args_int(a, "port", CLOUD_PORT, 0, 65535, &port, err);

    if (!st && pace && strcmp(pace, "fast") && strcmp(pace, "real"))
        st = error_set(err, LK_EUSE, "--pace is fast or real, not '%s'", pace);
    if (st)
        return exit_for(st);
    o.port = (int)port;
    o.real_pace = pace && !strcmp(pace, "real");
    block_signals(&set);
    st = cloud_start(&cloud, &o, err);
    if (st)
        return exit_for(st);
    printf("http://127.0.0.1:%d\n", cloud_port(cloud));
    fflush(stdout);
    fprintf(stderr,
            "The practice cloud answers at http://127.0.0.1:%d, account %s (Ctrl-C ends it).\n"
            "Its console, for a browser: http://127.0.0.1:%d/console/\n",
            cloud_port(cloud), cloud_account(cloud), cloud_port(cloud));
    sigwait(&set, &got);
    cloud_stop(cloud);
    return EXIT_DONE;
}

static bool is_account(const char *text)
{
    return strlen(text) == 12 && strspn(text, "0123456789") == 12;
}

static int init(const struct args *a, struct lk_error *err)
{
    struct cloud_identity who = {args_get(a, "account"), args_get(a, "region")};
    char *folder = args_get(a, "dir") ? mem_strdup(args_get(a, "dir")) : cloud_folder();
    bool made;
    enum lk_status st = LK_OK;

    if (who.account && !is_account(who.account))
        st = error_set(err, LK_EUSE, "--account takes 12 digits, not '%s'", who.account);
    if (!st)
        st = cloud_init(folder, &who, &made, err);
    if (!st && args_flag(a, "write-profile"))
        st = cloud_write_profile(folder, err);
    if (!st)
        printf(made ? "A new account, in %s\n" : "There is an account already, in %s\n", folder);
    free(folder);
    return st ? exit_for(st) : EXIT_DONE;
}

const struct command command_kit_cloud = {
    .name = "cloud",
    .summary = "serve the practice cloud: AWS on this computer, for nothing",
    .options = serve_options,
    .details =
        "S3, STS, IAM, SageMaker with its Runtime, CloudWatch Logs, Service Quotas and the price "
        "list on the loopback address, for any AWS client: with its signatures, permissions, "
        "regions and errors. Training, tuning and transform jobs, endpoints and pipelines really "
        "run; with --pace real they take as long as on AWS. All state is in one folder and "
        "survives whatever ends "
        "the program. The folder's endpoint.json says where it answers and with which keys; "
        "'labkit aws --target practice' and the book's labs find it there. "
        "A browser finds the practice console at /console/.",
    .example = "labkit cloud\nlabkit aws whoami --target practice\n"
               "labkit cloud init --write-profile && aws --profile practice "
               "--endpoint-url http://127.0.0.1:4500 s3 ls",
    .run = serve,
};

const struct command command_kit_cloud_init = {
    .name = "cloud init",
    .summary = "make the practice cloud's account and keys",
    .options = init_options,
    .details = "Done by 'labkit cloud' as well where there is none yet. The keys of the user "
               "'learner', an administrator, and of root stand in the folder's 'credentials'.",
    .example = "labkit cloud init --region eu-west-1",
    .run = init,
};
