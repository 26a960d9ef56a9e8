/* An archive that somebody put into a bucket: nothing is written outside its folder. */
#include "base/file.h"
#include "base/untar.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct untar_caps caps = {1 << 16, 20};
    static char root[] = "/tmp/labkit-fuzz-XXXXXX";
    static char *inside;
    char path[40];
    char **names;
    size_t n;
    int fd;

    if (!inside) {
        if (!mkdtemp(root))
            abort();
        inside = path_join(root, "inside");
    }
    fd = memfd_create("tar", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    (void)!tar_unpack(path, inside, &caps, NULL);
    close(fd);
    if (file_list(&names, &n, root, NULL) || n != 1)
        abort();
    file_names_free(names, n);
    (void)!file_remove(inside, NULL);
    return 0;
}
