/*
 * What Lua's own library has of files, without them: dofile and loadfile are
 * nothing that a lab can name, but Lua's table of functions names them.
 */
#include <lauxlib.h>
#include <lua.h>

int luaL_loadfilex(lua_State *L, const char *name, const char *mode)
{
    lua_pushliteral(L, "there are no files here");
    return LUA_ERRFILE;
}
