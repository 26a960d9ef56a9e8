/* The peer of tests/bench/book.sh: libcmark alone, each lesson read and turned into HTML. */
#include <cmark.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    DIR *folder = argc > 1 ? opendir(argv[1]) : NULL;
    size_t total = 0;
    struct dirent *e;

    if (!folder)
        return 2;
    while ((e = readdir(folder))) {
        static char text[1 << 20], path[4096];
        FILE *f;
        size_t n;
        char *html;

        snprintf(path, sizeof path, "%s/%s/lesson.md", argv[1], e->d_name);
        f = fopen(path, "rb");
        if (!f)
            continue;
        n = fread(text, 1, sizeof text, f);
        fclose(f);
        html = cmark_markdown_to_html(text, n, CMARK_OPT_DEFAULT);
        total += strlen(html);
        free(html);
    }
    closedir(folder);
    printf("%zu bytes of HTML\n", total);
    return 0;
}
