/*
 * Lua's own messages are short and exact, and say little to somebody who has
 * met the language an hour ago. For the common ones there is a sentence more.
 * A pattern is a part of the message; %s stands for the name that Lua quotes.
 */
#include "lab/reference.h"
#include "lab/state.h"

#include "base/error.h"

#include <string.h>

const struct lab_sentence lab_sentences[] = {
    {"for iterator", "What `for ... in` goes through should be pairs(map), ipairs(list) or "
                     "t:each()."},
    {"attempt to index a nil value (global '",
     "There is no value in `%s` yet. Has the step that makes it been run, and is the name spelt "
     "the same there?"},
    {"attempt to index a nil value (field '", "There is nothing in `%s`: look at its spelling."},
    {"attempt to index a nil value (local '", "`%s` is empty here."},
    {"attempt to index a number value", "A number has no fields or methods."},
    {"attempt to call a nil value (method '", "There is no method `%s` here."},
    {"attempt to call a nil value (field '", "There is no function `%s` here."},
    {"attempt to call a table value", "Only functions are called with (...); this is a list or a "
                                      "map. To get an element, write [ ] or a dot."},
    {"attempt to call a number value", "A number was followed by (...); is an operator missing?"},
    {"attempt to call a string value", "Text was followed by (...); is .. or a comma missing?"},
    {"attempt to perform arithmetic on a nil value", "One side of the sum is empty: a name that "
                                                     "has no value, or a misspelt one."},
    {"attempt to perform arithmetic on a table value",
     "A whole list or map cannot be used as a number; take one element of it."},
    {"attempt to perform arithmetic on a string value",
     "Text cannot be used as a number; tonumber(text) makes one of it."},
    {"attempt to concatenate a nil value", "One of the parts joined with .. is empty."},
    {"attempt to concatenate a table value", "A list or a map cannot be joined to text with ..; "
                                             "print it by itself, or join one of its elements."},
    {"attempt to concatenate a boolean value", "Write tostring(value) to join it to text."},
    {"attempt to compare", "The two sides of the comparison are of different kinds, or one is "
                           "empty."},
    {"attempt to get length of a nil value", "There is nothing to count here."},
    {"'for' initial value must be a number", "A counting loop needs numbers: for i = 1, 10 do."},
    {"'=' expected near", "A line should give a name a value (x = 1) or call something (f(x)). A "
                          "word too many, or a misspelt keyword, is the usual reason."},
    {"'end' expected (to close", "Each `if`, `for`, `while` and `function` needs its own `end`."},
    {"'end' expected near", "Each `if`, `for`, `while` and `function` needs its own `end`."},
    {"'then' expected near", "`if` is followed by a condition and `then`; to compare, write ==."},
    {"'do' expected near", "`for` and `while` need `do` before what they repeat."},
    {"')' expected", "A bracket that was opened is not closed, or a comma is missing."},
    {"'}' expected", "A brace that was opened is not closed, or a comma is missing between two "
                     "elements."},
    {"unfinished string", "A text that was begun with a quote has no closing quote in its line."},
    {"unexpected symbol near", "Lua cannot make sense of this place. Look at the end of the line "
                               "before, too."},
    {"<eof> expected near", "Something stands here that does not belong to what came before; often "
                            "there is one `end` too many."},
    {"malformed number near", "This looks like a number but is none; write 1.5, not 1,5."},
    {"attempt to assign to const variable", "This name was made <const> and keeps its value."},
    {"not enough memory", "The step needs more memory than a lab has. Is a loop filling a list "
                          "without end?"},
    {"stack overflow", "A function goes on calling itself without end."},
    {"no visible label", "goto jumps only to a ::label:: in the same block."},
    {"string length overflow", "The text would become too long."},
    {"resulting string too large", "The text would become too long."},
};
const size_t lab_sentence_count = sizeof lab_sentences / sizeof *lab_sentences;

/* The name between quotes at the end of part, in Lua's message. */
static struct slice quoted_name(const char *message, const char *part)
{
    const char *start = strstr(message, part) + strlen(part);

    return (struct slice){start, strcspn(start, "'")};
}

const char *nearest_global(lua_State *L, const char *word)
{
    const char *names[1024], *near;
    size_t n = 0;

    lua_getfield(L, LUA_REGISTRYINDEX, "lab.environment");
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        if (lua_type(L, -2) == LUA_TSTRING && n < 1024)
            names[n++] = lua_tostring(L, -2);
        lua_pop(L, 1);
    }
    near = error_nearest(word, names, n);
    lua_pushstring(L, near);
    lua_replace(L, -2);
    return near;
}

/* A name that is called or used and has no value: is there one like it? */
static bool put_guess(struct str *out, lua_State *L, const char *message)
{
    static const char call[] = "attempt to call a nil value (global '";
    const char *word, *near;
    struct slice name;

    if (!strstr(message, call))
        return false;
    name = quoted_name(message, call);
    word = lua_pushlstring(L, name.ptr, name.len);
    near = nearest_global(L, word);
    str_printf(out, "There is no function `%s`.", word);
    if (near)
        str_printf(out, " Did you mean `%s`?", near);
    return true;
}

static void put_sentence(struct str *out, const char *plain, struct slice name)
{
    const char *at = strstr(plain, "%s");

    if (!at) {
        str_puts(out, plain);
        return;
    }
    str_add(out, plain, (size_t)(at - plain));
    str_put(out, name);
    str_puts(out, at + 2);
}

void put_plain(struct str *out, lua_State *L, const char *message)
{
    if (put_guess(out, L, message))
        return;
    for (size_t i = 0; i < lab_sentence_count; i++) {
        const char *part = lab_sentences[i].part;
        size_t n = strlen(part);
        struct slice name = SLICE("");

        if (!strstr(message, part))
            continue;
        if (part[n - 1] == '\'')
            name = quoted_name(message, part);
        put_sentence(out, lab_sentences[i].plain, name);
        if (strstr(part, "index a nil value (global") && name.len) {
            const char *word = lua_pushlstring(L, name.ptr, name.len);
            const char *near = nearest_global(L, word);

            if (near)
                str_printf(out, " Did you mean `%s`?", near);
        }
        return;
    }
}
