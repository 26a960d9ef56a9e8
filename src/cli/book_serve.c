/* labbook serve: the book with live labs, for one reader on this computer. */
#include "cli/command.h"
#include "serve/serve.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option options[] = {
    {"port", "N", "port to listen on (default: 4400; 0: any free one)", false, 'p'},
    {"address", "IP", "address to listen on (default: 127.0.0.1, this computer alone)", false, 0},
    {"name", "HOST", "a further host name that leads here", true, 0},
    {"edition", "NAME", "learner (default), or instructor", false, 0},
    {"threads", "N", "how many threads a step may train with (default: all processors)", false, 0},
    {"drafts", NULL, "show lessons that say draft: true as well", false, 0},
    {NULL, NULL, NULL, false, 0},
};

static void wait_for_end(void)
{
    sigset_t set;
    int signal;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigwait(&set, &signal);
}

/* Before any thread is made, so that all of them leave these to sigwait. */
static void block_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static int run(const struct args *a, struct lk_error *err)
{
    const char *names[17] = {NULL}, *edition = args_get(a, "edition");
    const char *root = args_operand(a, 0);
    struct server_options o = {.root = root ? root : ".",
                               .address = args_get(a, "address"),
                               .names = names,
                               .password = getenv("LABBOOK_PASSWORD"),
                               .drafts = args_flag(a, "drafts")};
    struct server *server = NULL;
    enum lk_status st;
    int64_t port, threads;

    if (args_count(a) > 1)
        return exit_for(error_set(err, LK_EUSE, "one BOOK folder, not %zu", args_count(a)));
    if (edition && strcmp(edition, "learner") && strcmp(edition, "instructor"))
        return exit_for(
            error_set(err, LK_EUSE, "--edition is learner or instructor, not '%s'", edition));
    if (args_int(a, "port", 4400, 0, 65535, &port, err) ||
        args_int(a, "threads", 0, 0, 1024, &threads, err))
        return exit_for(LK_EUSE);
    for (size_t i = 0; i < 16; i++)
        names[i] = args_nth(a, "name", i);
    o.port = (int)port;
    o.threads = (int)threads;
    o.instructor = edition && !strcmp(edition, "instructor");
    block_signals();
    st = server_start(&server, &o, err);
    if (st)
        return exit_for(st);
    printf("%s\n", server_url(server));
    fflush(stdout);
    fprintf(stderr, "The book is open at %s (Ctrl-C ends it).\n", server_url(server));
    wait_for_end();
    server_stop(server);
    return EXIT_DONE;
}

const struct command command_book_serve = {
    .name = "serve",
    .summary = "the book with live labs, in a browser on this computer",
    .operands = "[BOOK]",
    .options = options,
    .details =
        "BOOK is a folder that holds lessons/ (default: the folder you are in). Pages run their "
        "lab steps here; code, answers and outputs are kept. An edit of a lesson is shown at "
        "once, and so are its mistakes.\n"
        "A step on the practice cloud starts one, which ends with the server; where 'labkit cloud' "
        "runs already, that one is used. A step on AWS asks in the page before what can cost "
        "money, changes rights, or touches what no lab has made.\n"
        "Only this computer can connect. With --address others can, and then the environment "
        "variable LABBOOK_PASSWORD must hold a password that the browser asks for.",
    .example = "labbook serve\nlabbook serve --port 8000 my-book",
    .run = run,
};
