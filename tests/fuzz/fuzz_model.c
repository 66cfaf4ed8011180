/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a model file: loaded or refused in one line; what loads can be saved, loads again, and
 * forecasts a small table. */
#include "forecast/model.h"
#include "forecast/tasks/series/forecast.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition, const char *what, const char *text)
{
    if (!condition) {
        fprintf(stderr, "%s: %s\n", what, text);
        abort();
    }
}

static int new_file(char path[64])
{
    int fd = memfd_create("model", MFD_CLOEXEC);
    if (fd < 0)
        abort();
    snprintf(path, 64, "/proc/self/fd/%d", fd);
    return fd;
}

static fc_model *load(const char *path, nn_error *error)
{
    fc_model *model = NULL;
    int code = fc_model_load(&model, FC_FORECASTS, path, error);
    require((code == NN_OK) == (model != NULL), "a model or an error", error->text);
    require(code == NN_OK || (error->code == code && *error->text && !strpbrk(error->text, "\r\n")),
            "one line", error->text);
    require(code == NN_OK || code == NN_BAD_DATA || code == NN_FAILED, "not the user's mistake", error->text);
    return model;
}

/* As many columns as the model has, a wave in each, hours apart. */
static void forecast(const fc_model *model)
{
    enum { ROWS = 64, COLUMNS = 8 };
    static double values[ROWS * COLUMNS];
    static int64_t time[ROWS];
    if (model->columns > COLUMNS || model->lookback > ROWS || model->horizon > 10000)
        return;
    char path[] = "table";
    ds_table table = {.path = path,
                      .rows = ROWS,
                      .columns = model->columns,
                      .names = model->names,
                      .values = values,
                      .time = time,
                      .frequency = {.unit = DS_UNIT_HOUR, .count = 1}};
    for (int i = 0; i < ROWS; i++)
        time[i] = (int64_t)i * 3600 * DS_SECOND;
    for (int i = 0; i < ROWS * model->columns; i++)
        values[i] = (i * 37 % 101) / 10.0 - 5;
    fc_future *future = NULL;
    nn_error error = {0};
    int code = fc_forecast(&future, model, &table, 0, &error);
    require((code == NN_OK) == (future != NULL), "a forecast or an error", error.text);
    fc_future_free(future);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64], copy[] = "/tmp/auspex-fuzz-XXXXXX";
    nn_error error = {0};
    int fd = new_file(path);
    if (write(fd, data, size) != (ssize_t)size)
        abort();
    fc_model *model = load(path, &error);
    close(fd);
    if (!model)
        return 0;
    forecast(model);
    if ((fd = mkstemp(copy)) < 0)
        abort();
    close(fd);
    require(fc_model_save(model, copy, &error) == NN_OK, "saving", error.text);
    fc_model *again = load(copy, &error);
    unlink(copy);
    require(again != NULL, "what was saved loads", error.text);
    fc_model_free(again);
    fc_model_free(model);
    return 0;
}
