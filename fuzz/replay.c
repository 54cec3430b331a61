/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target over every file of the folders named, so that a corpus is a regression test. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *folder, const char *name)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *f = fopen(path, "re");
    if (!f)
        return 1;
    static uint8_t data[1 << 20];
    size_t n = fread(data, 1, sizeof(data), f);
    fclose(f);
    /* A copy of the exact size lets the address sanitizer see a read past the end. */
    uint8_t *exact = malloc(n ? n : 1);
    if (!exact)
        return 1;
    for (size_t i = 0; i < n; i++)
        exact[i] = data[i];
    LLVMFuzzerTestOneInput(exact, n);
    free(exact);
    return 0;
}

int main(int argc, char **argv)
{
    int count = 0;
    for (int i = 1; i < argc; i++) {
        DIR *d = opendir(argv[i]);
        if (!d) {
            perror(argv[i]);
            return 1;
        }
        for (struct dirent *e = readdir(d); e; e = readdir(d)) {
            if (e->d_name[0] == '.')
                continue;
            if (replay_file(argv[i], e->d_name) != 0)
                return 1;
            count++;
        }
        closedir(d);
    }
    printf("%d inputs\n", count);
    return count > 0 ? 0 : 1;
}
