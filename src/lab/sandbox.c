/*
 * Landlock: everything that the kernel's version knows is handled, that is
 * forbidden, but reading below some folders and writing below one. The
 * structures are ours, as the kernel's headers may be older than the kernel.
 *
 * seccomp: a list of what is allowed; all else fails with EPERM, so that a
 * library that tries something optional goes on without. clone makes threads
 * only, signals go to this process only, memory never becomes code.
 */
#include "lab/sandbox.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- Landlock ------------------------------------------------------------ */

struct ruleset {
    uint64_t fs, net, scoped;
};

struct beneath {
    uint64_t allowed;
    int32_t parent;
} __attribute__((packed));

enum {
    FS_EXECUTE = 1 << 0,
    FS_WRITE_FILE = 1 << 1,
    FS_READ_FILE = 1 << 2,
    FS_READ_FOLDER = 1 << 3,
    FS_REMOVE_FOLDER = 1 << 4,
    FS_REMOVE_FILE = 1 << 5,
    FS_MAKE_FOLDER = 1 << 7,
    FS_MAKE_FILE = 1 << 8,
    FS_REFER = 1 << 13,    /* version 2 */
    FS_TRUNCATE = 1 << 14, /* version 3 */
    FS_DEVICE = 1 << 15,   /* version 5 */
    FS_READ = FS_READ_FILE | FS_READ_FOLDER,
    FS_WORK = FS_READ | FS_WRITE_FILE | FS_REMOVE_FOLDER | FS_REMOVE_FILE | FS_MAKE_FOLDER |
              FS_MAKE_FILE | FS_TRUNCATE,
    NET_ALL = 3,   /* bind, connect; version 4 */
    SCOPE_ALL = 3, /* abstract sockets, signals; version 6 */
    RULE_BENEATH = 1,
    ASK_VERSION = 1,
};

static struct ruleset handled(int version)
{
    struct ruleset r = {.fs = (1u << 13) - 1};

    if (version >= 2)
        r.fs |= FS_REFER;
    if (version >= 3)
        r.fs |= FS_TRUNCATE;
    if (version >= 5)
        r.fs |= FS_DEVICE;
    if (version >= 4)
        r.net = NET_ALL;
    if (version >= 6)
        r.scoped = SCOPE_ALL;
    return r;
}

/* A folder that is not there needs no rule. */
static bool allow(int ruleset, const char *path, uint64_t access, uint64_t known)
{
    int fd = open(path, O_PATH | O_CLOEXEC);
    struct beneath b = {access & known, fd};
    bool ok;

    if (fd < 0)
        return errno == ENOENT || errno == EACCES;
    ok = !syscall(SYS_landlock_add_rule, ruleset, RULE_BENEATH, &b, 0);
    close(fd);
    return ok;
}

static enum lk_status enter_landlock(const struct sandbox *s, int *version, struct lk_error *err)
{
    struct ruleset r;
    size_t size;
    int fd;
    bool ok;

    *version = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, ASK_VERSION);
    if (*version <= 0) {
        *version = 0;
        return LK_OK;
    }
    r = handled(*version);
    size = *version >= 6 ? sizeof r : *version >= 4 ? 2 * sizeof r.fs : sizeof r.fs;
    fd = (int)syscall(SYS_landlock_create_ruleset, &r, size, 0);
    if (fd < 0)
        return error_errno(err, "make the rules for", "the lab's files");
    ok = allow(fd, s->work, FS_WORK, r.fs) && allow(fd, "/dev/null", FS_READ_FILE, r.fs);
    for (size_t i = 0; ok && s->read[i]; i++)
        ok = allow(fd, s->read[i], FS_READ, r.fs);
    ok = ok && !syscall(SYS_landlock_restrict_self, fd, 0);
    close(fd);
    return ok ? LK_OK : error_errno(err, "restrict", "the lab's files");
}

/* ---- seccomp ------------------------------------------------------------- */

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#endif

#ifdef ARCH
static const int allowed[] = {
    /* files */
    SYS_read,
    SYS_write,
    SYS_readv,
    SYS_writev,
    SYS_pread64,
    SYS_pwrite64,
    SYS_close,
    SYS_fstat,
    SYS_newfstatat,
    SYS_statx,
    SYS_lseek,
    SYS_openat,
    SYS_mkdirat,
    SYS_renameat,
    SYS_renameat2,
    SYS_unlinkat,
    SYS_fsync,
    SYS_fdatasync,
    SYS_ftruncate,
    SYS_fallocate,
    SYS_fchmod,
    SYS_fcntl,
    SYS_dup,
    SYS_dup3,
    SYS_getdents64,
    SYS_faccessat,
    SYS_faccessat2,
    SYS_readlinkat,
    SYS_getcwd,
    SYS_fadvise64,
    SYS_umask,
    SYS_flock,
#ifdef __x86_64__
    SYS_open,
    SYS_stat,
    SYS_lstat,
    SYS_mkdir,
    SYS_rename,
    SYS_unlink,
    SYS_rmdir,
    SYS_access,
    SYS_readlink,
    SYS_dup2,
    SYS_pipe,
    SYS_poll,
    SYS_select,
    SYS_epoll_wait,
    SYS_time,
#endif
    /* memory; mmap and mprotect are looked at below */
    SYS_munmap,
    SYS_mremap,
    SYS_madvise,
    SYS_brk,
    SYS_mincore,
    SYS_membarrier,
    /* threads, time, signals of our own */
    SYS_futex,
    SYS_set_robust_list,
    SYS_rseq,
    SYS_gettid,
    SYS_getpid,
    SYS_exit,
    SYS_exit_group,
    SYS_set_tid_address,
    SYS_sched_yield,
    SYS_sched_getaffinity,
    SYS_clock_gettime,
    SYS_clock_getres,
    SYS_clock_nanosleep,
    SYS_nanosleep,
    SYS_gettimeofday,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_sigaltstack,
    SYS_restart_syscall,
    SYS_getrusage,
    SYS_getrandom,
    SYS_sysinfo,
    SYS_uname,
    SYS_getuid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getegid,
    SYS_ppoll,
    SYS_pselect6,
    SYS_pipe2,
    SYS_eventfd2,
    SYS_epoll_create1,
    SYS_epoll_ctl,
    SYS_epoll_pwait,
    SYS_getcpu,
};

enum { FILTER_MAX = 400 };

struct filter {
    struct sock_filter code[FILTER_MAX];
    unsigned short len;
};

static void put(struct filter *f, uint16_t op, uint32_t k, uint8_t yes, uint8_t no)
{
    if (f->len < FILTER_MAX)
        f->code[f->len++] = (struct sock_filter){op, yes, no, k};
}

static void answer(struct filter *f, uint32_t what)
{
    put(f, BPF_RET | BPF_K, what, 0, 0);
}

static void load(struct filter *f, size_t offset)
{
    put(f, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void allow_call(struct filter *f, int call)
{
    put(f, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 1);
    answer(f, SECCOMP_RET_ALLOW);
}

/*
 * The call is allowed if its argument (the low half, which holds all flags)
 * has these bits, of the mask, and no others; the call's number is loaded.
 */
static void allow_if(struct filter *f, int call, int arg, uint32_t mask, uint32_t bits)
{
    put(f, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 5);
    load(f, offsetof(struct seccomp_data, args) + (size_t)arg * sizeof(uint64_t));
    put(f, BPF_ALU | BPF_AND | BPF_K, mask, 0, 0);
    put(f, BPF_JMP | BPF_JEQ | BPF_K, bits, 0, 1);
    answer(f, SECCOMP_RET_ALLOW);
    answer(f, SECCOMP_RET_ERRNO | EPERM);
}

static void build(struct filter *f)
{
    load(f, offsetof(struct seccomp_data, arch));
    put(f, BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0);
    answer(f, SECCOMP_RET_KILL_PROCESS);
    load(f, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
        allow_call(f, allowed[i]);
    allow_if(f, SYS_mmap, 2, PROT_EXEC, 0);
    allow_if(f, SYS_mprotect, 2, PROT_EXEC, 0);
    allow_if(f, SYS_clone, 0, CLONE_THREAD | CLONE_VM, CLONE_THREAD | CLONE_VM);
    allow_if(f, SYS_tgkill, 0, UINT32_MAX, (uint32_t)getpid());
    allow_if(f, SYS_prlimit64, 0, UINT32_MAX, 0);
    /* The C library tries clone3 first and takes clone where there is none. */
    put(f, BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1);
    answer(f, SECCOMP_RET_ERRNO | ENOSYS);
    answer(f, SECCOMP_RET_ERRNO | EPERM);
}

static bool enter_seccomp(void)
{
    struct filter f = {.len = 0};
    struct sock_fprog program = {0, f.code};

    build(&f);
    program.len = f.len;
    return f.len < FILTER_MAX && !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}
#else
static bool enter_seccomp(void)
{
    return false;
}
#endif

enum lk_status sandbox_enter(const struct sandbox *s, struct sandbox_report *report,
                             struct lk_error *err)
{
    enum lk_status st;

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        return error_errno(err, "give up privileges of", "the lab");
    prctl(PR_SET_DUMPABLE, 0);
    st = enter_landlock(s, &report->landlock, err);
    if (!st)
        report->seccomp = enter_seccomp();
    return st;
}
