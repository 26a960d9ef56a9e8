/*
 * What a page's worker does for the module (templates/js/lab-worker.js). Texts
 * are UTF-8 as (pointer, length); a name is that of a file as a lab writes it.
 */
#ifndef WASM_HOST_H
#define WASM_HOST_H

#include <stddef.h>
#include <stdint.h>

#ifdef __wasm__
#define HOST(name) __attribute__((import_module("lab"), import_name(name)))
#define PAGE(name) __attribute__((export_name(name)))
#else
#define HOST(name)
#define PAGE(name)
#endif

/* A line of JSON, as lab/session.h has them. */
HOST("emit") void page_emit(const char *line, size_t len);
/* Bytes of a file, or -1 where there is none; then those bytes. */
HOST("size") int32_t page_size(const char *name, size_t len);
HOST("read") void page_read(const char *name, size_t len, void *to);
/* Keep a file that the lab wrote. */
enum page_put { PAGE_PUT, PAGE_TOO_LARGE, PAGE_TOO_MANY };
HOST("put") int32_t page_put(const char *name, size_t len, const void *bytes, size_t size);
/* Bytes of a file that the lab wrote, or -1. */
HOST("written") int32_t page_written(const char *name, size_t len);
/* The names there are, a line each: bytes of that list; written to `to` unless it is NULL. */
HOST("list") size_t page_list(char *to);
/* Milliseconds: since 1970, or since whenever. */
HOST("clock") double page_clock(int since_1970);
/* Why it ends, and that it does. */
HOST("complain") void page_complain(const char *text, size_t len);
HOST("exit") _Noreturn void page_exit(void);
/* Called now and then while a step runs: show what is held back. */
HOST("tick") void page_tick(void);

enum {
    PAGE_MEMORY_MAX = 512 << 20, /* the module's memory grows up to here; the Makefile reads it */
    PAGE_DISK_BYTES = 128 << 20, /* of files that a lab wrote; lab-worker.js has the same number */
};

#endif
