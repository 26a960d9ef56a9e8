/* Lua includes it; its errors take another way (wasm/prelude.h). */
