/*
 * The console's files, taken into the program when it is assembled, so that
 * `labkit cloud` needs no folder beside it. A file that is added to templates/console
 * gets a line here.
 */
#include "cloud/console.h"

#define FILES(X)                                                                                   \
    X(index, "console/index.html", "", "text/html; charset=utf-8")                                 \
    X(book_css, "css/book.css", "book.css", "text/css; charset=utf-8")                             \
    X(console_css, "console/console.css", "console.css", "text/css; charset=utf-8")                \
    X(icon, "icons/favicon.svg", "favicon.svg", "image/svg+xml")                                   \
    X(theme, "js/theme.js", "theme.js", "text/javascript; charset=utf-8")                          \
    X(app, "console/app.js", "app.js", "text/javascript; charset=utf-8")                           \
    X(api, "console/api.js", "api.js", "text/javascript; charset=utf-8")                           \
    X(sign, "console/sign.js", "sign.js", "text/javascript; charset=utf-8")                        \
    X(ui, "console/ui.js", "ui.js", "text/javascript; charset=utf-8")                              \
    X(home, "console/home.js", "home.js", "text/javascript; charset=utf-8")                        \
    X(catalog, "console/catalog.js", "catalog.js", "text/javascript; charset=utf-8")               \
    X(services, "console/services.js", "services.js", "text/javascript; charset=utf-8")            \
    X(editor, "console/editor.js", "editor.js", "text/javascript; charset=utf-8")                  \
    X(lost, "console/lost.js", "lost.js", "text/javascript; charset=utf-8")                        \
    X(trail, "console/trail.js", "trail.js", "text/javascript; charset=utf-8")                     \
    X(s3, "console/s3.js", "s3.js", "text/javascript; charset=utf-8")                              \
    X(iam, "console/iam.js", "iam.js", "text/javascript; charset=utf-8")                           \
    X(users, "console/users.js", "users.js", "text/javascript; charset=utf-8")                     \
    X(sagemaker, "console/sagemaker.js", "sagemaker.js", "text/javascript; charset=utf-8")         \
    X(training, "console/training.js", "training.js", "text/javascript; charset=utf-8")            \
    X(tuning, "console/tuning.js", "tuning.js", "text/javascript; charset=utf-8")                  \
    X(endpoint, "console/endpoint.js", "endpoint.js", "text/javascript; charset=utf-8")            \
    X(pipeline, "console/pipeline.js", "pipeline.js", "text/javascript; charset=utf-8")            \
    X(labeling, "console/labeling.js", "labeling.js", "text/javascript; charset=utf-8")            \
    X(plot, "console/plot.js", "plot.js", "text/javascript; charset=utf-8")                        \
    X(logs, "console/logs.js", "logs.js", "text/javascript; charset=utf-8")                        \
    X(quotas, "console/quotas.js", "quotas.js", "text/javascript; charset=utf-8")                  \
    X(prices, "console/prices.js", "prices.js", "text/javascript; charset=utf-8")                  \
    X(billing, "console/billing.js", "billing.js", "text/javascript; charset=utf-8")

/* The assembler reads the file; a zero behind it for whoever looks at it as text. */
#define INCLUDE(id, path, name, type)                                                              \
    __asm__(".section .rodata\n"                                                                   \
            ".balign 16\n"                                                                         \
            "console_file_" #id ":\n"                                                              \
            ".incbin \"templates/" path "\"\n"                                                     \
            "console_file_" #id "_end:\n"                                                          \
            ".byte 0\n"                                                                            \
            ".previous\n");                                                                        \
    extern const char console_file_##id[], console_file_##id##_end[];
FILES(INCLUDE)

#define ROW(id, path, name, type) {name, type, console_file_##id, console_file_##id##_end},
const struct console_file console_files[] = {FILES(ROW){NULL, NULL, NULL, NULL}};
