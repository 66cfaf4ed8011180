/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Puts a trained model into its file, or beside it where a better one is there. */
#include "cli/output/keep.h"

#include "forecast/better.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_NAMES = 10000 };

const nn_option cli_force_options[] = {{"force", 0, NN_FLAG, 0, "false", NULL, 0, 0,
                                        "also replace a better model of the same data and settings, which "
                                        "otherwise stays while the new one gets "
                                        "a name beside it"},
                                       {0}};

/* model.safetensors becomes model.2.safetensors, or the next number that is free. */
static int free_name(char *out, size_t size, const char *path, nn_error *error)
{
    struct stat status;
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path, *dot = strrchr(base, '.');
    const size_t stem = dot && dot > base ? (size_t)(dot - path) : strlen(path);
    for (int i = 2; i < MOST_NAMES; i++) {
        const int length = snprintf(out, size, "%.*s.%d%s", (int)stem, path, i, path + stem);
        if (length < 0 || (size_t)length >= size)
            break;
        if (lstat(out, &status))
            return NN_OK;
    }
    return nn_fail(error, NN_FAILED, "%.200s: there is no free name beside it", path);
}

int cli_keep(cli_kept *kept, const fc_model *model, const char *path, bool force, nn_error *error)
{
    *kept = (cli_kept){.loss = fc_record_loss(&model->record)};
    kept->beside = !force && strcmp(path, "-") != 0 && fc_better_in(path, model, &kept->of_that);
    if (kept->beside) {
        const int code = free_name(kept->file, sizeof kept->file, path, error);
        if (code)
            return code;
    } else {
        snprintf(kept->file, sizeof kept->file, "%s", path);
    }
    return fc_model_save(model, kept->beside ? kept->file : path, error);
}

int cli_kept_beside(const cli_kept *kept, const char *path, nn_error *error)
{
    return kept->beside
               ? nn_fail(error, NN_FAILED,
                         "%.300s holds a better model of the same data and settings, with a validation loss "
                         "of %.6f: it stays, and the new one, with %.6f, is %.300s; --force replaces it",
                         path, kept->of_that, kept->loss, kept->file)
               : NN_OK;
}
