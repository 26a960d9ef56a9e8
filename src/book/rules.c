/* The rules of labbook check, each with the reason why it is one. Sorted by name, for the search.
 */
#include "book/finding.h"

#include <stdlib.h>
#include <string.h>

const struct finding_rule finding_rules[] = {
    {"alert-unknown", "a quote of an unknown kind would stand on the page as plain text"},
    {"alt-missing", "who cannot see the picture is told nothing about it"},
    {"anchor-dead", "the link would lead to the top of the page, not to what it promises"},
    {"cost-missing", "nobody may run up a bill without having been told"},
    {"encoding", "the page would show something else than what was written"},
    {"footnote-twice", "the second text would never be shown"},
    {"footnote-unused", "a note that nothing refers to is never seen"},
    {"front-key", "a key that is misspelt does nothing, and nobody notices"},
    {"front-kind", "the key means something else than what stands there"},
    {"front-missing", "pages, search and feed show it"},
    {"front-syntax", "what cannot be read cannot be rendered"},
    {"front-value", "the value has no meaning here"},
    {"glossary-term", "a term without an explanation cannot be shown on hover"},
    {"heading-level", "those who cannot see the page find their way by the levels of headings"},
    {"id-twice", "links to the second one lead to the first"},
    {"image-large", "readers on a slow line wait for it"},
    {"image-missing", "links to the book would be shown without their picture"},
    {"include-depth", "a file that includes itself would never end"},
    {"include-missing", "the page would lack what it promises"},
    {"include-outside", "a book must be whole wherever it is copied to"},
    {"include-part", "the page would lack what it promises"},
    {"lab-check", "without a check nobody learns whether the step is right"},
    {"lab-hint", "who is stuck has nothing to go on"},
    {"lab-id", "progress, outputs and links are kept under a step's id"},
    {"lab-key", "a word that is misspelt does nothing, and nobody notices"},
    {"lab-part", "a solution, check or hint of no lab would be lost"},
    {"lab-role", "the block would be shown as code that cannot be run"},
    {"lab-target", "the step would offer to run where it cannot"},
    {"lab-timeout", "a step must end some time"},
    {"link-dead", "readers would come to a page that is not there"},
    {"link-gone", "readers would come to a page that is not there"},
    {"link-moved", "forwarding addresses are taken away some day"},
    {"link-outside", "what lies outside is not published with the book"},
    {"link-script", "a page that could run what stands there would not be safe; it leads nowhere"},
    {"link-unsure", "it may be gone, or only be away today"},
    {"map", "the first page would have no picture of the book"},
    {"math", "readers would see the formula's source"},
    {"needs-order", "who reads the book in its order does not know it yet"},
    {"needs-unknown", "readers would be sent to a lesson that is not there"},
    {"nesting", "pages nested this deeply cannot be read, and slow programs down"},
    {"part-order", "lessons would land in the wrong part"},
    {"quiz-answer", "a question nobody can answer rightly, or nobody wrongly, teaches nothing"},
    {"quiz-choice", "it could not be judged"},
    {"quiz-id", "answers are kept under a question's id"},
    {"quiz-key", "a key that is misspelt does nothing, and nobody notices"},
    {"quiz-kind", "it could not be judged"},
    {"quiz-number", "it could not be judged"},
    {"quiz-question", "there would be nothing to answer"},
    {"quiz-why", "who answers wrongly learns nothing from it"},
    {"raw-html", "it can break the page, its looks and its safety"},
    {"reading-level", "many readers read in a language that is not their first"},
    {"recorded", "readers who cannot run the step would see nothing"},
    {"redirect-taken", "one address cannot lead to two places"},
    {"tab-label", "a tab without a name cannot be chosen"},
    {"table-cells", "what stands in them would not be shown"},
    {"term-early", "readers meet a word that nobody has explained yet"},
    {"term-unknown", "the lesson promises an explanation that is nowhere"},
    {"text-size", "a page that large cannot be read, and slows programs down"},
    {"variable-unknown", "readers would see the braces"},
};
const size_t finding_rule_count = sizeof finding_rules / sizeof *finding_rules;

static int by_name(const void *name, const void *rule)
{
    return strcmp(name, ((const struct finding_rule *)rule)->name);
}

const char *finding_why(const char *rule)
{
    const struct finding_rule *r =
        bsearch(rule, finding_rules, finding_rule_count, sizeof *finding_rules, by_name);

    return r ? r->why : "";
}
