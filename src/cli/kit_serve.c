/* labkit serve: a model behind SageMaker's inference contract. */
#include "base/number.h"
#include "cli/command.h"
#include "container/container.h"

#include <stdlib.h>

static const struct option options[] = {
    {"model", "FILE", "the model to serve: any that labkit predict takes", false, 'm'},
    {"root", "DIR", "serve DIR/opt/ml/model, as a container does", false, 0},
    {"port", "N", "port (default: SAGEMAKER_BIND_TO_PORT, else 8080; 0: any free one)", false, 'p'},
    {"address", "IP", "address to listen at (default 127.0.0.1; as the container 0.0.0.0)", false,
     0},
    {"image-version", "VERSION", "answer as that version of SageMaker's image does", false, 0},
    {NULL, NULL, NULL, false, 0},
};

static enum lk_status read_port(const struct args *a, int *out, struct lk_error *err)
{
    const char *text = getenv("SAGEMAKER_BIND_TO_PORT");
    int64_t port, usual = 8080;
    enum lk_status st;

    if (text && !number_parse_int(slice_of(text), 0, 65535, &usual))
        return error_set(err, LK_EUSE, "SAGEMAKER_BIND_TO_PORT is a port, not '%.40s'", text);
    st = args_int(a, "port", usual, 0, 65535, &port, err);
    *out = (int)port;
    return st;
}

static int run(const struct args *a, struct lk_error *err)
{
    const char *root = args_get(a, "root"), *version = args_get(a, "image-version");
    const char *environment = getenv("LABKIT_IMAGE_VERSION");
    struct container_serve_options o = {.root = root ? root : "/",
                                        .model = args_get(a, "model"),
                                        .address = args_get(a, "address")};
    enum lk_status st = read_port(a, &o.port, err);

    if (!st && o.model && root)
        st = error_set(err, LK_EUSE, "--model and --root exclude each other");
    if (st)
        return exit_for(st);
    o.version = version ? version : environment && *environment ? environment : NULL;
    if (!o.model && !root && !o.address)
        o.address = "0.0.0.0";
    return container_serve(&o, err) ? EXIT_FAILED : EXIT_DONE;
}

const struct command command_kit_serve = {
    .name = "serve",
    .summary = "answer predictions over HTTP, as SageMaker's container does",
    .options = options,
    .details =
        "GET /ping says that the model is loaded, POST /invocations scores rows, "
        "GET /execution-parameters is what a batch transform asks first. Rows come as text/csv "
        "(no label, no header), text/libsvm, and with --model as application/json or "
        "application/jsonlines too; Accept is text/csv, application/json or "
        "application/jsonlines.\n\n"
        "With neither --model nor --root it is the program 'serve' of a container and takes what "
        "is in /opt/ml/model. The environment is the image's: MAX_CONTENT_LENGTH, "
        "SAGEMAKER_BATCH, SAGEMAKER_INFERENCE_OUTPUT, SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT. "
        "SIGTERM and Ctrl-C end it once the requests at hand are answered.",
    .example = "$ labkit serve --model cancer.json --port 8080 &\n"
               "$ curl -H 'Content-Type: text/csv' --data-binary @rows.csv "
               "http://127.0.0.1:8080/invocations\n",
    .run = run,
};
