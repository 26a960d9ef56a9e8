/*
 * Read before every file that is compiled for a page. Lua's errors unwind with
 * an exception of JavaScript: `try` calls a function of ours and says whether it
 * was left by `throw`. Which one is caught is never in doubt, since Lua always
 * throws to the innermost.
 */
#ifndef WASM_PRELUDE_H
#define WASM_PRELUDE_H

#include <stddef.h>

struct lua_State;

__attribute__((import_module("lab"), import_name("try"))) int
page_try(void (*f)(struct lua_State *, void *), struct lua_State *L, void *ud);
__attribute__((import_module("lab"), import_name("throw"), noreturn)) void page_throw(void);

/* In ldo.c, where f and ud are the parameters of the function around. */
#define LUAI_THROW(L, c) page_throw()
#define LUAI_TRY(L, c, a)                                                                          \
    if (page_try(f, L, ud) && (c)->status == 0)                                                    \
    (c)->status = -1
#define luai_jmpbuf int

/* Nothing that differs from run to run, and no locale. */
#define luai_makeseed(L)          0
#define l_randomizePivot()        0u
#define lua_getlocaledecpoint()   '.'
#define lua_writestring(s, l)     ((void)(s), (void)(l))
#define lua_writeline()           ((void)0)
#define lua_writestringerror(...) ((void)0)

void qsort_r(void *base, size_t n, size_t size, int (*compare)(const void *, const void *, void *),
             void *ctx);

#endif
