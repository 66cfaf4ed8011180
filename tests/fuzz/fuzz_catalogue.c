/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a survey's table of objects, and as photometry that has its objects' labels. */
#include "tests/fuzz/fuzz.h"

#include "datasets/lightcurves/catalogue.h"

static void read_catalogue(const char *path, const ds_catalogue_options *options, int labels)
{
    ds_catalogue *c;
    nn_error error = {0};
    const int code = ds_catalogue_read(&c, path, options, &error);
    fuzz_require((code == NN_OK) == (c != NULL), "a catalogue or an error", error.text);
    fuzz_check(code, &error);
    for (size_t row = 0; !code && row < ds_catalogue_rows(c); row++) {
        fuzz_require(ds_catalogue_find(c, ds_catalogue_id(c, row)) == (long)row, "its row", path);
        fuzz_require(ds_catalogue_value(c, labels, row) < ds_catalogue_categories(c, labels), "its class",
                     path);
        (void)ds_catalogue_number(c, 0, row);
    }
    ds_catalogue_free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct {
        ds_catalogue_options options;
        int labels; /* which of the categories */
    } ways[] = {
        {{.numbers = "photoz,photoz_err", .categories = "object_id,target"}, 1},
        {{.numbers = "photoz,photoz_err", .categories = "class", .numbers_optional = true, .repeated = true},
         0},
        {{.id = "id",
          .numbers = "specz",
          .categories = "type",
          .missing = "-9,x",
          .delimiter = ';',
          .decimal_comma = true},
         0},
    };
    char path[64];
    const int fd = fuzz_open(data, size, path);
    for (size_t i = 0, n = sizeof ways / sizeof *ways; i < n; i++)
        if (fuzz_tries(size, i, n))
            read_catalogue(path, &ways[i].options, ways[i].labels);
    close(fd);
    return 0;
}
