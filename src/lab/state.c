/*
 * The Lua state: an allocator with a cap, and running a step in it. What the
 * step may name is environment.c's business.
 *
 * Before a step runs, all is as the steps before it left it (snapshot.c), so
 * that nothing depends on what else has been run meanwhile.
 */
#include "lab/state.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "book/lesson.h"

#include <stdlib.h>
#include <string.h>

enum {
    LUA_BYTES = 512 << 20,
    HOOK_INSTRUCTIONS = 1000000,
    TRACE_MAX = 12,
    MESSAGE_MAX = 4000, /* bytes of an error or a verdict that are shown */
};

struct lab *lab_of(lua_State *L)
{
    return *(struct lab **)lua_getextraspace(L);
}

static void *allocate(void *ud, void *ptr, size_t old_size, size_t size)
{
    struct lab *l = ud;
    size_t old = ptr ? old_size : 0;
    void *p;

    if (size == 0) {
        free(ptr);
        l->lua_bytes -= old;
        return NULL;
    }
    if (size > old && size - old > l->lua_max - l->lua_bytes)
        return NULL;
    p = realloc(ptr, size);
    if (p)
        l->lua_bytes += size - old;
    return p;
}

/* ---- life ---------------------------------------------------------------- */

/* Only manners: what must end is killed by the host. */
static void on_count(lua_State *L, lua_Debug *ar)
{
    struct lab *l = lab_of(L);

    lab_flush(l);
    if (l->host.stopped && l->host.stopped(l->host.ctx))
        luaL_error(L, "stopped");
}

static int open_state(lua_State *L)
{
    objects_open(L);
    environment_open(L);
    lua_newtable(L);
    environment_fill(L);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "_G");
    lua_setfield(L, LUA_REGISTRYINDEX, "lab.environment");
    snapshot_open(L);
    lua_pushcfunction(L, snapshot_keep);
    lua_pushinteger(L, -1);
    lua_call(L, 1, 0);
    return 0;
}

struct lab *lab_new(const struct lab_host *host, size_t lua_bytes)
{
    struct lab *l = mem_calloc(1, sizeof *l);

    l->host = *host;
    l->lua_max = lua_bytes ? lua_bytes : LUA_BYTES;
    l->step = "";
    str_init(&l->text);
    str_init(&l->printed);
    str_init(&l->note);
    str_init(&l->trace);
    str_init(&l->region);
    str_init(&l->role);
    l->L = lua_newstate(allocate, l);
    if (!l->L) {
        free(l);
        return NULL;
    }
    *(struct lab **)lua_getextraspace(l->L) = l;
    lua_pushcfunction(l->L, open_state);
    if (lua_pcall(l->L, 0, 0, 0)) {
        lab_free(l);
        return NULL;
    }
    lua_sethook(l->L, on_count, LUA_MASKCOUNT, HOOK_INSTRUCTIONS);
    return l;
}

void lab_free(struct lab *l)
{
    if (!l)
        return;
    lua_close(l->L);
    str_done(&l->text);
    str_done(&l->printed);
    str_done(&l->note);
    str_done(&l->trace);
    str_done(&l->region);
    str_done(&l->role);
    free(l);
}

static void on_interrupt(lua_State *L, lua_Debug *ar)
{
    luaL_error(L, "stopped");
}

void lab_interrupt(struct lab *l)
{
    l->interrupted = true;
    lua_sethook(l->L, on_interrupt, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
}

/* ---- running ------------------------------------------------------------- */

/* Where in the step's own code the error arose, and by which calls. */
static void find_place(lua_State *L, struct lab *l)
{
    lua_Debug ar;
    int shown = 0;

    for (int level = 1; lua_getstack(L, level, &ar) && shown < TRACE_MAX; level++) {
        lua_getinfo(L, "Sl", &ar);
        if (ar.currentline <= 0 || ar.source[0] != '=' || strcmp(ar.source + 1, l->step))
            continue;
        if (!l->error_line)
            l->error_line = ar.currentline;
        str_printf(&l->trace, "%s%s, line %d", shown++ ? "\n" : "", l->step, ar.currentline);
    }
}

/* Message handler: any error value becomes text, and its place is kept. */
static int on_error(lua_State *L)
{
    struct lab *l = lab_of(L);

    str_clear(&l->trace);
    l->error_line = 0;
    if (lua_type(L, 1) != LUA_TSTRING) {
        struct str *text = push_str(L);

        if (lua_isnil(L, 1))
            str_puts(text, "error() was called without a message");
        else
            put_value(text, L, 1);
        lua_pushlstring(L, text->ptr, text->len);
        lua_replace(L, 1);
        lua_settop(L, 1);
    }
    find_place(L, l);
    return 1;
}

/* "train:3: text" or "[string "..."]:3: text" to its text; *line where it names one. */
static const char *without_place(const struct lab *l, const char *message, int *line)
{
    size_t n = strlen(l->step);
    char *end;
    long at;

    if (strncmp(message, l->step, n) || message[n] != ':')
        return message;
    at = strtol(message + n + 1, &end, 10);
    if (end == message + n + 1 || *end != ':')
        return message;
    *line = (int)at;
    return end + 1 + (end[1] == ' ');
}

static int push_plain(lua_State *L)
{
    struct str *plain = push_str(L);

    put_plain(plain, L, lua_tostring(L, 1));
    lua_pushlstring(L, plain->ptr, plain->len);
    return 1;
}

static struct slice shown_message(const char *message)
{
    return slice_first(slice_of(message), MESSAGE_MAX);
}

static void emit_error(struct lab *l, const char *message)
{
    struct str event = STR_INIT;
    struct json_out w;
    int line = l->error_line;
    const char *text = without_place(l, message, &line), *plain = "";

    text += *text == VERDICT_MARK; /* a check's call outside a check */

    lua_pushcfunction(l->L, push_plain);
    lua_pushstring(l->L, text);
    if (!lua_pcall(l->L, 1, 1, 0))
        plain = lua_tostring(l->L, -1);
    event_begin(l, &w, &event, "error");
    json_put_string(&w, "text", shown_message(text));
    json_put_int(&w, "line", line);
    json_put_z(&w, "plain", plain);
    json_put_string(&w, "trace", slice_str(&l->trace));
    event_end(l, &w);
    lua_settop(l->L, 0);
}

static void emit_check(struct lab *l, bool passed, const char *text)
{
    struct str event = STR_INIT;
    struct json_out w;

    event_begin(l, &w, &event, "check");
    json_put_bool(&w, "passed", passed);
    json_put_string(&w, "text", shown_message(text));
    event_end(l, &w);
}

static void emit_end(struct lab *l, bool ok, const char *reason)
{
    struct str event = STR_INIT;
    struct json_out w;

    event_begin(l, &w, &event, "end");
    json_put_bool(&w, "ok", ok);
    json_put_int(&w, "ms", l->ms);
    json_put_z(&w, "reason", reason);
    event_end(l, &w);
}

/* A check's environment: tools of its own, and behind them what the learner has defined. */
static int push_check_environment(lua_State *L)
{
    lua_newtable(L);
    environment_fill(L);
    lua_createtable(L, 0, 1);
    lua_getfield(L, LUA_REGISTRYINDEX, "lab.environment");
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    return 1;
}

/* Load and call code; the message of an error is left on the stack. */
static int call_code(struct lab *l, const char *code, bool check)
{
    lua_State *L = l->L;
    struct str name = STR_INIT;
    int failed;

    lua_settop(L, 0);
    lua_pushcfunction(L, on_error);
    str_printf(&name, "=%s", check ? "check" : l->step);
    failed = luaL_loadbufferx(L, code, strlen(code), name.ptr, "t");
    str_done(&name);
    if (failed)
        return failed;
    if (check) {
        lua_pushcfunction(L, push_check_environment);
        failed = lua_pcall(L, 0, 1, 1);
    } else {
        lua_getfield(L, LUA_REGISTRYINDEX, "lab.environment");
    }
    if (failed)
        return failed;
    lua_setupvalue(L, -2, 1);
    return lua_pcall(L, 0, 0, 1);
}

static const char *message_of(lua_State *L)
{
    const char *message = lua_tostring(L, -1);

    return message ? message : "error without a message";
}

/* Whatever its error says: a step may well complain that something has stopped. */
static bool was_stopped(const struct lab *l)
{
    return l->interrupted || (l->host.stopped && l->host.stopped(l->host.ctx));
}

static void judge(struct lab *l, const char *check)
{
    bool passed;

    l->judging = true;
    l->untouched = -1;
    str_clear(&l->note);
    passed = !call_code(l, check, true);
    l->judging = false;
    lab_flush(l);
    if (passed) {
        emit_check(l, true, l->note.len ? l->note.ptr : "Right.");
    } else if (!was_stopped(l)) {
        const char *message = message_of(l->L);
        const char *mark = strchr(message, VERDICT_MARK);

        emit_check(l, false, mark ? mark + 1 : message);
    }
}

static void begin_run(struct lab *l, const struct lab_run *run)
{
    struct str event = STR_INIT;
    struct json_out w;

    l->step = run->step;
    l->started_ns = clock_steady_ns();
    l->shown = 0;
    l->cut = false;
    l->window_count = 0;
    l->progress_ns = 0;
    l->error_line = 0;
    l->interrupted = false;
    str_clear(&l->printed);
    str_clear(&l->text);
    str_clear(&l->trace);
    event_begin(l, &w, &event, "start");
    event_end(l, &w);
}

static int call_with_index(struct lab *l, lua_CFunction f, int index)
{
    lua_settop(l->L, 0);
    lua_pushcfunction(l->L, f);
    lua_pushinteger(l->L, index);
    return lua_pcall(l->L, 1, 0, 0);
}

/* Before a step, whose index is the argument: nothing is there but what the steps before left. */
static int prepare(lua_State *L)
{
    snapshot_restore(L);
    lua_pushnil(L);
    lua_setfield(L, LUA_REGISTRYINDEX, METRICS);
    lua_getfield(L, LUA_REGISTRYINDEX, REAL_LIBRARIES);
    lua_getfield(L, -1, "math");
    lua_getfield(L, -1, "randomseed");
    lua_call(L, 0, 0);
    return 0;
}

/* False where even the names find no memory; the message is on the stack then. */
static bool keep_what_is(struct lab *l, int index)
{
    int failed = call_with_index(l, snapshot_keep, index);

    if (failed == LUA_ERRMEM)
        failed = call_with_index(l, snapshot_share, index);
    return !failed;
}

bool lab_run(struct lab *l, const struct lab_run *run)
{
    int failed;
    bool ok;

    begin_run(l, run);
    lua_sethook(l->L, on_count, LUA_MASKCOUNT, HOOK_INSTRUCTIONS);
    failed = call_with_index(l, prepare, run->index);
    if (!failed)
        failed = call_code(l, run->code, false);
    lua_sethook(l->L, on_count, LUA_MASKCOUNT, HOOK_INSTRUCTIONS);
    lab_flush(l);
    ok = !failed && keep_what_is(l, run->index);
    l->ms = (clock_steady_ns() - l->started_ns) / 1000000;
    if (ok && run->check)
        judge(l, run->check);
    if (!ok && !was_stopped(l))
        emit_error(l, message_of(l->L));
    emit_end(l, ok, ok ? "done" : was_stopped(l) ? "stopped" : "error");
    lua_settop(l->L, 0);
    l->step = "";
    return ok;
}

bool lab_judge(struct lab *l, const struct lab_run *run)
{
    struct str event = STR_INIT;
    struct json_out w;
    bool ok;

    l->step = run->step;
    l->interrupted = false;
    event_begin(l, &w, &event, "judge");
    event_end(l, &w);
    lua_sethook(l->L, on_count, LUA_MASKCOUNT, HOOK_INSTRUCTIONS);
    ok = !call_with_index(l, snapshot_return, run->index);
    if (ok)
        judge(l, run->check);
    else
        emit_error(l, message_of(l->L));
    ok = ok && !was_stopped(l);
    emit_end(l, ok, ok ? "done" : was_stopped(l) ? "stopped" : "error");
    lua_settop(l->L, 0);
    l->step = "";
    return ok;
}
