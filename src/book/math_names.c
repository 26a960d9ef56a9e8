/*
 * What TeX's commands are in MathML. One table, in the order of the names, so
 * that looking up, messages and the manual agree.
 */
#include "book/math_internal.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

static const struct math_name names[] = {
    {"Delta", MATH_LETTER, "\xCE\x94"},
    {"Gamma", MATH_LETTER, "\xCE\x93"},
    {"Lambda", MATH_LETTER, "\xCE\x9B"},
    {"Omega", MATH_LETTER, "\xCE\xA9"},
    {"Phi", MATH_LETTER, "\xCE\xA6"},
    {"Pi", MATH_LETTER, "\xCE\xA0"},
    {"Psi", MATH_LETTER, "\xCE\xA8"},
    {"Sigma", MATH_LETTER, "\xCE\xA3"},
    {"Theta", MATH_LETTER, "\xCE\x98"},
    {"alpha", MATH_LETTER, "\xCE\xB1"},
    {"approx", MATH_OPERATOR, "\xE2\x89\x88"},
    {"argmax", MATH_LIMITS, "arg max"},
    {"argmin", MATH_LIMITS, "arg min"},
    {"bar", MATH_ACCENT, "\xC2\xAF"},
    {"begin", MATH_BEGIN, ""},
    {"beta", MATH_LETTER, "\xCE\xB2"},
    {"cap", MATH_OPERATOR, "\xE2\x88\xA9"},
    {"cdot", MATH_OPERATOR, "\xE2\x8B\x85"},
    {"cdots", MATH_OPERATOR, "\xE2\x8B\xAF"},
    {"cos", MATH_FUNCTION, "cos"},
    {"cup", MATH_OPERATOR, "\xE2\x88\xAA"},
    {"delta", MATH_LETTER, "\xCE\xB4"},
    {"dots", MATH_OPERATOR, "\xE2\x80\xA6"},
    {"ell", MATH_LETTER, "\xE2\x84\x93"},
    {"epsilon", MATH_LETTER, "\xCE\xB5"},
    {"equiv", MATH_OPERATOR, "\xE2\x89\xA1"},
    {"eta", MATH_LETTER, "\xCE\xB7"},
    {"exists", MATH_OPERATOR, "\xE2\x88\x83"},
    {"exp", MATH_FUNCTION, "exp"},
    {"forall", MATH_OPERATOR, "\xE2\x88\x80"},
    {"frac", MATH_FRACTION, ""},
    {"gamma", MATH_LETTER, "\xCE\xB3"},
    {"ge", MATH_OPERATOR, "\xE2\x89\xA5"},
    {"geq", MATH_OPERATOR, "\xE2\x89\xA5"},
    {"hat", MATH_ACCENT, "^"},
    {"in", MATH_OPERATOR, "\xE2\x88\x88"},
    {"infty", MATH_LETTER, "\xE2\x88\x9E"},
    {"int", MATH_LARGE, "\xE2\x88\xAB"},
    {"kappa", MATH_LETTER, "\xCE\xBA"},
    {"lambda", MATH_LETTER, "\xCE\xBB"},
    {"ldots", MATH_OPERATOR, "\xE2\x80\xA6"},
    {"le", MATH_OPERATOR, "\xE2\x89\xA4"},
    {"left", MATH_LEFT, ""},
    {"leq", MATH_OPERATOR, "\xE2\x89\xA4"},
    {"lim", MATH_LIMITS, "lim"},
    {"ln", MATH_FUNCTION, "ln"},
    {"log", MATH_FUNCTION, "log"},
    {"mathbf", MATH_BOLD, ""},
    {"mathrm", MATH_UPRIGHT, ""},
    {"max", MATH_LIMITS, "max"},
    {"mid", MATH_OPERATOR, "\xE2\x88\xA3"},
    {"min", MATH_LIMITS, "min"},
    {"mu", MATH_LETTER, "\xCE\xBC"},
    {"nabla", MATH_LETTER, "\xE2\x88\x87"},
    {"ne", MATH_OPERATOR, "\xE2\x89\xA0"},
    {"neg", MATH_OPERATOR, "\xC2\xAC"},
    {"neq", MATH_OPERATOR, "\xE2\x89\xA0"},
    {"nu", MATH_LETTER, "\xCE\xBD"},
    {"omega", MATH_LETTER, "\xCF\x89"},
    {"operatorname", MATH_UPRIGHT, ""},
    {"partial", MATH_LETTER, "\xE2\x88\x82"},
    {"phi", MATH_LETTER, "\xCF\x86"},
    {"pi", MATH_LETTER, "\xCF\x80"},
    {"pm", MATH_OPERATOR, "\xC2\xB1"},
    {"prod", MATH_LARGE, "\xE2\x88\x8F"},
    {"propto", MATH_OPERATOR, "\xE2\x88\x9D"},
    {"psi", MATH_LETTER, "\xCF\x88"},
    {"qquad", MATH_SPACE, "2em"},
    {"quad", MATH_SPACE, "1em"},
    {"rho", MATH_LETTER, "\xCF\x81"},
    {"rightarrow", MATH_OPERATOR, "\xE2\x86\x92"},
    {"sigma", MATH_LETTER, "\xCF\x83"},
    {"sim", MATH_OPERATOR, "\xE2\x88\xBC"},
    {"sin", MATH_FUNCTION, "sin"},
    {"sqrt", MATH_ROOT, ""},
    {"subset", MATH_OPERATOR, "\xE2\x8A\x82"},
    {"sum", MATH_LARGE, "\xE2\x88\x91"},
    {"tanh", MATH_FUNCTION, "tanh"},
    {"tau", MATH_LETTER, "\xCF\x84"},
    {"text", MATH_TEXT, ""},
    {"theta", MATH_LETTER, "\xCE\xB8"},
    {"tilde", MATH_ACCENT, "~"},
    {"times", MATH_OPERATOR, "\xC3\x97"},
    {"to", MATH_OPERATOR, "\xE2\x86\x92"},
    {"varepsilon", MATH_LETTER, "\xCE\xB5"},
    {"vec", MATH_ACCENT, "\xE2\x86\x92"},
    {"xi", MATH_LETTER, "\xCE\xBE"},
    {"zeta", MATH_LETTER, "\xCE\xB6"},
};
enum { NAMES = sizeof names / sizeof names[0] };

static int compare(const void *key, const void *entry)
{
    return strcmp(key, ((const struct math_name *)entry)->name);
}

const struct math_name *math_name_find(const char *name)
{
    return bsearch(name, names, NAMES, sizeof names[0], compare);
}

const char *math_name_near(const char *name)
{
    const char *all[NAMES];

    for (size_t i = 0; i < NAMES; i++)
        all[i] = names[i].name;
    return error_nearest(name, all, NAMES);
}
