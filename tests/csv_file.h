/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small input files of the CSV tests: written to a folder of their own under the temporary folder. */
#ifndef TESTS_CSV_FILE_H
#define TESTS_CSV_FILE_H

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

static char csv_folder[256];
static char csv_path[300];

static inline const char *csv_in_folder(const char *name)
{
    if (!*csv_folder) {
        const char *base = getenv("TMPDIR");
        snprintf(csv_folder, sizeof csv_folder, "%.200s/auspex-csv-XXXXXX", base && *base ? base : "/tmp");
        if (!mkdtemp(csv_folder))
            abort();
    }
    snprintf(csv_path, sizeof csv_path, "%s/%s", csv_folder, name);
    return csv_path;
}

static inline const char *csv_write_bytes(const char *name, const void *bytes, size_t length)
{
    /* A fresh file: some file systems write a truncated one out to disk at once. */
    unlink(csv_in_folder(name));
    FILE *file = fopen(csv_path, "wb");
    if (!file || fwrite(bytes, 1, length, file) != length || fclose(file))
        abort();
    return csv_path;
}

static inline const char *csv_write(const char *text)
{
    return csv_write_bytes("t.csv", text, strlen(text));
}

static inline const char *csv_write_gzip(const char *name, const char *text)
{
    gzFile file = gzopen(csv_in_folder(name), "wb");
    if (!file || gzwrite(file, text, (unsigned)strlen(text)) != (int)strlen(text) || gzclose(file) != Z_OK)
        abort();
    return csv_path;
}

static inline void csv_remove_folder(void)
{
    char command[400];
    snprintf(command, sizeof command, "rm -rf '%s'", csv_folder);
    if (*csv_folder && system(command))
        abort();
    *csv_folder = '\0';
}

#endif
