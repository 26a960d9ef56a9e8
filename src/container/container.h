/*
 * SageMaker's container contract: what the programs `train` and `serve` of an
 * image find under /opt/ml, and what is expected of them. labkit keeps to it,
 * so that it can be the image (on AWS or in the practice cloud) and a job's
 * folder can be tried here by hand.
 *
 *   opt/ml/input/config/hyperparameters.json   strings, SageMaker's names
 *   opt/ml/input/config/inputdataconfig.json   the channels and how they came
 *   opt/ml/input/config/resourceconfig.json    the hosts, and which one this is
 *   opt/ml/input/config/checkpointconfig.json  where checkpoints go (optional)
 *   opt/ml/input/data/<channel>/               the files
 *   opt/ml/model/xgboost-model                 written by train, read by serve
 *   opt/ml/checkpoints/xgboost-checkpoint.N    the model after round N
 *   opt/ml/output/failure                      why train failed, in one line
 *
 * A job of several hosts is one process each. The others hand their rows to
 * the first, which trains on all of them and saves the model; LABKIT_RENDEZVOUS
 * says where they meet (HOST:PORT or unix:PATH; default: port 9099 of the first).
 *
 * All paths are below a root, "/" in a real container.
 */
#ifndef CONTAINER_CONTAINER_H
#define CONTAINER_CONTAINER_H

#include "base/str.h"
#include "labkit.h"

#define CONTAINER_HYPERPARAMETERS "opt/ml/input/config/hyperparameters.json"

/* Is there a training job's folder below root? */
bool container_has_job(const char *root);

/*
 * Train as the job's configuration says. version: of the SageMaker image whose
 * model format is wanted ("1.7-1"), NULL for the newest. Progress goes to
 * stdout, a line each, as the image writes it. SIGTERM ends the training after
 * the round that it is in, saves a checkpoint, and counts as done. On a failure
 * the reason is in opt/ml/output/failure as well as in err.
 */
enum lk_status container_train(const char *root, const char *version,
                               struct lk_error *err) LK_MUST_CHECK;
struct container_serve_options {
    const char *root;    /* its opt/ml/model is served, unless there is `model` */
    const char *model;   /* a file; JSON lines are taken as well then; or NULL */
    const char *version; /* of the image whose answers are wanted; NULL: the newest */
    const char *address; /* NULL: 127.0.0.1 */
    int port;            /* 0: any free one */
};

/*
 * Serve until SIGTERM or SIGINT: GET /ping, POST /invocations and
 * GET /execution-parameters. A model that does not load is the error. The
 * address stands on stdout once requests are taken: "Listening at: http://...".
 */
enum lk_status container_serve(const struct container_serve_options *o,
                               struct lk_error *err) LK_MUST_CHECK;

#endif
