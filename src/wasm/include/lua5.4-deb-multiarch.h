/* Debian's luaconf.h asks where modules lie; here are none. */
#define DEB_HOST_MULTIARCH "wasm32"
