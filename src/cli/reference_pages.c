/*
 * Tables in Markdown. What the environment sets is listed here, because its
 * names are read all over the layers; a test finds those that are missing.
 */
#include "cli/reference_pages.h"

#include "aws/advice.h"
#include "book/finding.h"
#include "book/front.h"
#include "book/lesson.h"
#include "book/settings.h"
#include "lab/reference.h"

#include <string.h>

static const struct variable {
    const char *group, *name, *what;
} environment[] = {
    {"Both programs", "HOME", "your folder; files of the programs lie below it"},
    {"Both programs", "XDG_DATA_HOME",
     "where progress, labs, the practice cloud and the ledger lie (default `~/.local/share`)"},
    {"Both programs", "TMPDIR", "where short-lived files go (default `/tmp`)"},
    {"Both programs", "NO_COLOR", "set to anything: no colours in the terminal"},
    {"Both programs", "TERM", "`dumb`: no colours either"},
    {"Both programs", "LABKIT_TARGET", "`practice` or `aws`, where `--target` is not given"},
    {"Both programs", "LABKIT_PORTABLE",
     "set to anything: do without the processor's vector instructions; results are the same"},
    {"Both programs", "LABBOOK_PASSWORD",
     "the password of `labbook serve` where it listens beyond this computer"},
    {"Access to AWS", "AWS_PROFILE", "the profile of `~/.aws/config` and `~/.aws/credentials`"},
    {"Access to AWS", "AWS_DEFAULT_PROFILE", "the same, where `AWS_PROFILE` is not set"},
    {"Access to AWS", "AWS_REGION", "the region, before the profile's"},
    {"Access to AWS", "AWS_DEFAULT_REGION", "the same, where `AWS_REGION` is not set"},
    {"Access to AWS", "AWS_ACCESS_KEY_ID", "with the next one: keys, before any profile"},
    {"Access to AWS", "AWS_SECRET_ACCESS_KEY", "the secret half of the keys"},
    {"Access to AWS", "AWS_SESSION_TOKEN", "the third part of keys that expire"},
    {"Access to AWS", "AWS_SECURITY_TOKEN", "its old name, read where the new one is not set"},
    {"Access to AWS", "AWS_CONFIG_FILE", "another file than `~/.aws/config`"},
    {"Access to AWS", "AWS_SHARED_CREDENTIALS_FILE", "another file than `~/.aws/credentials`"},
    {"Access to AWS", "AWS_ROLE_ARN", "with a web identity's token: the role to take"},
    {"Access to AWS", "AWS_ROLE_SESSION_NAME", "the name of the session as that role"},
    {"Access to AWS", "AWS_WEB_IDENTITY_TOKEN_FILE", "the file of a web identity's token"},
    {"Access to AWS", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "where a container gets its keys"},
    {"Access to AWS", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "the same, as a whole address"},
    {"Access to AWS", "AWS_CONTAINER_AUTHORIZATION_TOKEN", "what to show there"},
    {"Access to AWS", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "the file of what to show there"},
    {"Access to AWS", "AWS_EC2_METADATA_DISABLED",
     "`true`: do not ask a virtual machine for its role"},
    {"Access to AWS", "AWS_EC2_METADATA_SERVICE_ENDPOINT", "another address of that role's keys"},
    {"Access to AWS", "AWS_ENDPOINT_URL",
     "another address for all services; `AWS_ENDPOINT_URL_S3` and so on for one"},
    {"Access to AWS", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "`true`: use none of these addresses"},
    {"Access to AWS", "AWS_CA_BUNDLE", "a file of certificates to trust instead of the system's"},
    {"Access to AWS", "AWS_MAX_ATTEMPTS", "how often a request is tried (default 3)"},
    {"Access to AWS", "HTTPS_PROXY",
     "a proxy for all requests; `HTTP_PROXY` and `NO_PROXY` as everywhere"},
    {"As SageMaker's container", "LABKIT_IMAGE_VERSION",
     "the version of SageMaker's image whose model format is written"},
    {"As SageMaker's container", "LABKIT_RENDEZVOUS",
     "where the instances of one job meet: `HOST:PORT` or `unix:PATH`"},
    {"As SageMaker's container", "TRAINING_JOB_NAME", "set by SageMaker: the job's name"},
    {"As SageMaker's container", "SAGEMAKER_BIND_TO_PORT",
     "set by SageMaker: the port (default 8080)"},
    {"As SageMaker's container", "SAGEMAKER_BATCH", "set by SageMaker in a batch transform"},
    {"As SageMaker's container", "SAGEMAKER_INFERENCE_OUTPUT",
     "what an answer holds, commas between: `predicted_label,probability`"},
    {"As SageMaker's container", "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT",
     "the form of answers to requests that name none"},
    {"As SageMaker's container", "MAX_CONTENT_LENGTH", "the largest request, in bytes"},
};

/* Text of a cell. A bar would end it; outside of code `<` would begin HTML; `{{` a variable. */
static void put_cell(struct str *out, const char *text)
{
    bool code = false;

    for (; *text; text++) {
        code ^= *text == '`';
        if (*text == '|' || (*text == '<' && !code) || !strncmp(text, "{{", 2))
            str_putc(out, '\\');
        str_putc(out, *text);
        if (!strncmp(text, "{{", 2))
            str_putc(out, *++text);
    }
}

static void put_keys(struct str *out, const struct front_key *keys)
{
    static const char *const kinds[] = {
        [FRONT_TEXT] = "text", [FRONT_LIST] = "list", [FRONT_MAP] = "mapping"};

    str_puts(out, "\n| key | | what it says |\n| --- | --- | --- |\n");
    for (; keys->name; keys++) {
        str_printf(out, "| `%s` | %s%s | ", keys->name, kinds[keys->kind],
                   keys->required ? ", required" : "");
        put_cell(out, keys->what);
        str_puts(out, " |\n");
    }
}

void reference_put_configuration(struct str *out)
{
    const char *group = "";

    str_puts(out, "## The book: `lessons/book.yaml`\n");
    put_keys(out, settings_keys);
    str_puts(out, "\n### A part of the book\n");
    put_keys(out, settings_part_keys);
    str_puts(out, "\n## A lesson: its front matter\n");
    put_keys(out, lesson_keys);
    str_puts(out, "\n## The environment\n");
    for (size_t i = 0; i < sizeof environment / sizeof *environment; i++) {
        const struct variable *v = &environment[i];

        if (strcmp(v->group, group))
            str_printf(out, "\n### %s\n\n| variable | what it sets |\n| --- | --- |\n", v->group);
        group = v->group;
        str_printf(out, "| `%s` | ", v->name);
        put_cell(out, v->what);
        str_puts(out, " |\n");
    }
}

static void put_findings(struct str *out)
{
    str_puts(out, "## What `labbook check` finds\n\n"
                  "Each finding names its file, line and column, and how to mend it. Here is why "
                  "each is one.\n\n| finding | why |\n| --- | --- |\n");
    for (size_t i = 0; i < finding_rule_count; i++) {
        str_printf(out, "| `%s` | ", finding_rules[i].name);
        put_cell(out, finding_rules[i].why);
        str_puts(out, " |\n");
    }
}

/* Lua's words with the name that it quotes left open; a sentence speaks of it as %s. */
static void put_sentences(struct str *out)
{
    str_puts(out, "\n## What Lua says, in plain words\n\n| the message has | what it means |\n"
                  "| --- | --- |\n");
    for (size_t i = 0; i < lab_sentence_count; i++) {
        const struct lab_sentence *s = &lab_sentences[i];
        const char *name = strstr(s->plain, "%s");
        struct str plain = STR_INIT;

        str_printf(out, "| `%s%s` | ", s->part, name ? "name" : "");
        str_add(&plain, s->plain, name ? (size_t)(name - s->plain) : strlen(s->plain));
        if (name)
            str_printf(&plain, "name%s", name + 2);
        put_cell(out, plain.ptr);
        str_puts(out, " |\n");
        str_done(&plain);
    }
}

static void put_advice(struct str *out)
{
    str_puts(out, "\n## What AWS says, and what to do\n\n| code | what to do |\n| --- | --- |\n");
    for (size_t i = 0; i < aws_advice_count; i++) {
        const struct aws_advice *a = &aws_advices[i];

        str_printf(out, "| `%s`", a->code);
        if (a->words)
            str_printf(out, " with \"%s\"", a->words);
        if (a->service)
            str_printf(out, " of `%s`", a->service);
        str_puts(out, " | ");
        put_cell(out, a->text);
        str_puts(out, " |\n");
    }
}

void reference_put_errors(struct str *out)
{
    put_findings(out);
    put_sentences(out);
    put_advice(out);
}
