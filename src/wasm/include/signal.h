/* For Lua's hooks; there are no signals. */
#ifndef WASM_SIGNAL_H
#define WASM_SIGNAL_H

typedef int sig_atomic_t;

#endif
