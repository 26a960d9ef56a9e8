/* One thread needs no locks. */
#ifndef WASM_PTHREAD_H
#define WASM_PTHREAD_H

#define __NEED_pthread_mutex_t
#include <bits/alltypes.h>

#define pthread_mutex_init(mutex, attr) ((void)(mutex))
#define pthread_mutex_destroy(mutex)    ((void)(mutex))
#define pthread_mutex_lock(mutex)       ((void)(mutex))
#define pthread_mutex_unlock(mutex)     ((void)(mutex))

#endif
