/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as the checkpoint of a training that goes on: refused in one line, or the training ends. A file
 * that can be read at all gets the hash that it would lack, and "=" as what the training follows from stands
 * for what this one does, since no accident leads there. */
#include "tests/fuzz/fuzz_small.h"

#include "forecast/training/checkpoint.h"
#include "lib/files/safetensors.h"

#include <sys/stat.h>

#define ORIGIN "auspex.origin"

static const char *const settings[][2] = {
    {"d-model", "2"}, {"d-ff", "2"}, {"layers", "1"}, {"heads", "1"}, {NULL}};
static char place[64], path[80], previous[96], *origin;
static nn_pool *pool;

/* Non-zero once the first epoch is over, which leaves a checkpoint. */
static int stop(void *context, const fc_progress *progress)
{
    return *(const bool *)context && progress->step == progress->steps;
}

static int train(bool resume, bool stopped, nn_error *error)
{
    char every[] = "1";
    size_t said = 0;
    ds_split split;
    fc_checkpoint *checkpoint;
    fc_model *model = fuzz_small_model("itransformer", settings);
    const ds_table *table = fuzz_small_table();
    fuzz_require(ds_split_make("0.6/0.2/0.2", table, &split, error) == NN_OK, "a split", error->text);
    fuzz_require(fc_checkpoint_new(&checkpoint, place,
                                   &(fc_checkpoint_settings){.every = every, .resume = resume}, fuzz_ignore,
                                   &said, error) == NN_OK,
                 "a checkpoint", error->text);
    model->record.training.epochs = 3;
    model->record.training.batch = 8;
    model->record.training.shards = 1;
    const fc_request request = {.table = table,
                                .split = &split,
                                .points = true,
                                .pool = pool,
                                .progress = stop,
                                .context = &stopped,
                                .checkpoint = checkpoint};
    const int code = fc_fit(model, &request, error);
    fuzz_require(code || (model->record.epochs >= 1 && model->record.epochs <= 3 &&
                          model->record.best_epoch <= model->record.epochs),
                 "its epochs", path);
    fc_checkpoint_free(checkpoint);
    fc_model_free(model);
    return code;
}

static void forget(void)
{
    unlink(place);
    unlink(path);
    unlink(previous);
}

/* What this training follows from, out of a checkpoint of its own. */
static void begin(void)
{
    nn_error error = {0};
    nn_st_file *file;
    fuzz_place(place);
    snprintf(path, sizeof path, "%s.checkpoint", place);
    snprintf(previous, sizeof previous, "%s.previous", path);
    atexit(forget);
    fuzz_require(nn_pool_new(&pool, 1, &error) == NN_OK, "a pool", error.text);
    fuzz_require(train(false, true, &error) == NN_STOPPED, "a training that stops", error.text);
    fuzz_require(nn_st_open(&file, path, &error) == NN_OK, "a checkpoint", error.text);
    origin = strdup(nn_st_metadata(file, ORIGIN));
    nn_st_close(file);
}

static int copy_tensor(nn_st_writer *writer, const nn_st_file *file, const nn_st_tensor *tensor, float **data)
{
    *data = malloc(tensor->count ? tensor->count * sizeof **data : 1);
    if (!*data)
        abort();
    nn_st_read_f32(file, tensor, *data);
    return nn_st_writer_tensor(writer, tensor->name, tensor->rank, tensor->shape, *data, NULL);
}

/* false: it is none that can be written again. */
static bool write_proven(const nn_st_file *file)
{
    const size_t tensors = nn_st_count(file);
    float **data = calloc(tensors + 1, sizeof *data);
    nn_st_writer *writer = nn_st_writer_new();
    if (!data || !writer)
        abort();
    int code = NN_OK;
    for (size_t i = 0; i < nn_st_metadata_count(file) && !code; i++) {
        const char *key = nn_st_metadata_key(file, i), *value = nn_st_metadata(file, key);
        const bool own = strcmp(key, ORIGIN) == 0 && strcmp(value, "=") == 0;
        if (strcmp(key, "auspex.hash"))
            code = nn_st_writer_metadata(writer, key, own ? origin : value, NULL);
    }
    for (size_t i = 0; i < tensors && !code; i++)
        code = copy_tensor(writer, file, nn_st_at(file, i), &data[i]);
    if (!code)
        code = nn_st_write(writer, path, NULL);
    for (size_t i = 0; i < tensors; i++)
        free(data[i]);
    free(data);
    nn_st_writer_free(writer);
    return code == NN_OK;
}

static void write_bytes(const uint8_t *data, size_t size)
{
    FILE *out = fopen(path, "wb");
    if (!out || fwrite(data, 1, size, out) != size || fclose(out))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    nn_error error = {0};
    nn_st_file *file;
    if (!origin)
        begin();
    unlink(previous);
    nn_inputs_forget();
    bool proven = false;
    if (nn_st_open_memory(&file, data, size, "fuzz", NULL) == NN_OK) {
        proven = write_proven(file);
        nn_st_close(file);
    }
    if (!proven)
        write_bytes(data, size);
    const int code = train(true, false, &error);
    fuzz_check(code, &error);
    fuzz_require(code == NN_OK || code == NN_BAD_DATA || code == NN_FAILED || code == NN_DIVERGED, "a reason",
                 error.text);
    return 0;
}
