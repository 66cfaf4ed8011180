/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opens a published folder: config.json and model.safetensors. Weights are read straight to where they are
 * used, for they may be most of what memory holds; a folder that is open already is shared. */
#include "forecast/pretrained/pretrained.h"

#include "forecast/files/tensor.h"
#include "lib/files/inputs.h"
#include "lib/files/json_text.h"
#include "lib/files/safetensors.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- what is open --- */

/* A file of weights as it was when it was opened. */
typedef struct place {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed;
    fc_pretrained *opened;
    struct place *next;
} place;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static place *places;

static fc_pretrained *find_open(const struct stat *status)
{
    fc_pretrained *found = NULL;
    pthread_mutex_lock(&lock);
    for (place *p = places; p && !found; p = p->next)
        if (p->device == status->st_dev && p->inode == status->st_ino && p->size == status->st_size &&
            p->changed.tv_sec == status->st_mtim.tv_sec && p->changed.tv_nsec == status->st_mtim.tv_nsec)
            found = p->opened;
    if (found)
        found->users++;
    pthread_mutex_unlock(&lock);
    return found;
}

/* Without memory it is shared with nobody. */
static void note_open(fc_pretrained *opened, const struct stat *status)
{
    place *p = malloc(sizeof *p);
    if (!p)
        return;
    pthread_mutex_lock(&lock);
    *p = (place){status->st_dev, status->st_ino, status->st_size, status->st_mtim, opened, places};
    places = p;
    opened->place = p;
    pthread_mutex_unlock(&lock);
}

fc_pretrained *fc_pretrained_share(fc_pretrained *p)
{
    pthread_mutex_lock(&lock);
    p->users++;
    pthread_mutex_unlock(&lock);
    return p;
}

static bool was_last(fc_pretrained *p)
{
    pthread_mutex_lock(&lock);
    const bool last = --p->users == 0;
    for (place **at = &places; *at && last; at = &(*at)->next)
        if (*at == p->place) {
            *at = (*at)->next;
            break;
        }
    pthread_mutex_unlock(&lock);
    return last;
}

void fc_pretrained_free(fc_pretrained *p)
{
    if (!p || !was_last(p))
        return;
    free(p->place);
    nn_params_free(p->params);
    free(p);
}

/* --- config.json --- */

enum { MOST_CONFIG = 1 << 20 };

/* Of a regular file of a sensible size. */
static int read_text(char **text, size_t *size, const char *path, nn_error *error)
{
    struct stat status;
    *text = NULL;
    *size = 0;
    const int fd = nn_input_open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return nn_fail(error, NN_BAD_DATA, "%s: cannot be opened: %s", path, strerror(errno));
    int code = NN_OK;
    if (fstat(fd, &status) || !S_ISREG(status.st_mode) || status.st_size > MOST_CONFIG)
        code = nn_fail(error, NN_BAD_DATA, "%s: is no file of at most %d bytes", path, MOST_CONFIG);
    else if (!(*text = malloc(MOST_CONFIG + 1)))
        code = nn_no_memory(error);
    for (ssize_t n = 1; !code && n && *size < MOST_CONFIG;) {
        n = read(fd, *text + *size, MOST_CONFIG - *size);
        if (n < 0 && errno != EINTR)
            code = nn_fail(error, NN_BAD_DATA, "%s: cannot be read: %s", path, strerror(errno));
        *size += n > 0 ? (size_t)n : 0;
    }
    close(fd);
    return code;
}

static int read_config(fc_pretrained_sizes *sizes, const fc_pretrained_kind **kind, const char *path,
                       nn_error *error)
{
    char *text;
    size_t size;
    nn_error reason = {0};
    json_t *object = NULL;
    int code = read_text(&text, &size, path, error);
    if (!code && (code = nn_json_parse(&object, text, size, JSON_REJECT_DUPLICATES, &reason)))
        code = nn_fail(error, code, "%s: %s", path, reason.text);
    if (!code)
        code = fc_pretrained_sizes_read(sizes, kind, object, path, error);
    json_decref(object);
    free(text);
    return code;
}

/* A path within the folder; malloced. */
static char *join(const char *folder, const char *name)
{
    char *path = NULL;
    const size_t length = strlen(folder);
    const char *slash = length && folder[length - 1] == '/' ? "" : "/";
    return asprintf(&path, "%s%s%s", folder, slash, name) < 0 ? NULL : path;
}

bool fc_pretrained_is_folder(const char *folder)
{
    struct stat status;
    char *path = join(folder, "config.json");
    const bool is = path && stat(folder, &status) == 0 && S_ISDIR(status.st_mode) && stat(path, &status) == 0;
    free(path);
    return is;
}

int fc_pretrained_folder_kind(const fc_pretrained_kind **kind, const char *folder, nn_error *error)
{
    fc_pretrained_sizes sizes;
    char *path = join(folder, "config.json");
    const int code = path ? read_config(&sizes, kind, path, error) : nn_no_memory(error);
    free(path);
    return code;
}

/* --- weights --- */

int fc_pretrained_new(fc_pretrained **out, const fc_pretrained_kind *kind, const fc_pretrained_sizes *sizes,
                      nn_error *error)
{
    fc_pretrained *p = *out = calloc(1, sizeof *p);
    if (!p)
        return nn_no_memory(error);
    *p = (fc_pretrained){.kind = kind, .sizes = *sizes, .users = 1, .params = nn_params_new()};
    nn_plan *plan = p->params ? nn_plan_new(p->params, 1, false) : NULL;
    int code = plan ? NN_OK : nn_no_memory(error);
    if (!code) {
        fc_pretrained_ports ports = {0};
        kind->build(plan, &p->sizes, (fc_pretrained_shape){2, 2, 1}, &ports);
        code = nn_plan_check(plan, error);
    }
    nn_plan_free(plan);
    if (code) {
        fc_pretrained_free(p);
        *out = NULL;
    }
    return code;
}

/* Tensors that published files may have beside the weights: the same ones under other names, and tables that
 * follow from the settings. */
static bool is_idle(const char *name)
{
    static const char *const idle[] = {"encoder.embed_tokens.weight", "decoder.embed_tokens.weight",
                                       "lm_head.weight", "quantiles"};
    const size_t length = strlen(name);
    for (size_t i = 0; i < sizeof idle / sizeof *idle; i++)
        if (strcmp(name, idle[i]) == 0)
            return true;
    return length > 8 && strcmp(name + length - 8, "inv_freq") == 0;
}

static int check_tensor(const nn_st_file *file, const nn_param *param, nn_error *error)
{
    const nn_st_tensor *tensor = nn_st_find(file, param->name);
    if (!tensor)
        return nn_fail(error, NN_BAD_DATA, "%s: the tensor '%s' is missing", nn_st_path(file), param->name);
    if (fc_tensor_expect(file, tensor, param, "config.json asks for", error))
        return NN_BAD_DATA;
    return nn_st_is_real(tensor)
               ? NN_OK
               : nn_fail(error, NN_BAD_DATA,
                         "%s: the tensor '%s' is of whole numbers; weights are F32, F16, BF16 or F64",
                         nn_st_path(file), param->name);
}

static int check_tensors(const nn_params *params, const nn_st_file *file, nn_error *error)
{
    int code = NN_OK;
    for (int i = 0; i < params->count && !code; i++)
        code = check_tensor(file, &params->table[i], error);
    for (size_t i = 0; i < nn_st_count(file) && !code; i++) {
        const char *name = nn_st_at(file, i)->name;
        if (!nn_params_find(params, name) && !is_idle(name))
            code = nn_fail(error, NN_BAD_DATA,
                           "%s: the tensor '%.200s' has no place in a network of this config.json",
                           nn_st_path(file), name);
    }
    return code;
}

static int read_values(nn_real *out, const nn_st_file *file, const nn_st_tensor *tensor, nn_error *error)
{
#ifdef NN_DOUBLE
    float *values = malloc((tensor->count + 1) * sizeof *values);
    int code = values ? nn_st_fetch_f32(file, tensor, values, error) : nn_no_memory(error);
    for (size_t i = 0; i < tensor->count && !code; i++)
        out[i] = values[i];
    free(values);
    return code;
#else
    return nn_st_fetch_f32(file, tensor, out, error);
#endif
}

/* One product that is not a number tells of any element that is not finite. */
static bool all_finite(const nn_real *x, size_t n)
{
    nn_real sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < n; i++)
        sum += x[i] * 0;
    return sum == 0;
}

/* Tensors read side by side; the first error of each thread. */
typedef struct reading {
    nn_params *params;
    const nn_st_file *file;
    int *code;
    nn_error *error;
} reading;

static void read_tensor(void *context, int n, int worker)
{
    const reading *r = context;
    const nn_param *param = &r->params->table[n];
    nn_real *data = r->params->data + param->offset;
    nn_error *error = &r->error[worker];
    if (r->code[worker])
        return;
    r->code[worker] = read_values(data, r->file, nn_st_find(r->file, param->name), error);
    if (!r->code[worker] && !all_finite(data, param->count))
        r->code[worker] = nn_fail(error, NN_BAD_DATA, "%s: the tensor '%s' has values that are not finite",
                                  nn_st_path(r->file), param->name);
}

/* Most of the time goes to pages that nobody has touched yet: all threads that are idle share it. */
static int read_all(nn_params *params, const nn_st_file *file, nn_error *error)
{
    nn_pool *pool;
    int code = nn_pool_new(&pool, nn_pool_is_at_work() ? 1 : 0, error);
    if (code)
        return code;
    const int threads = nn_pool_threads(pool);
    reading r = {params, file, calloc((size_t)threads, sizeof *r.code),
                 calloc((size_t)threads, sizeof *r.error)};
    code = r.code && r.error ? NN_OK : nn_no_memory(error);
    if (!code)
        nn_pool_run(pool, params->count, read_tensor, &r);
    for (int i = 0; i < threads && !code; i++)
        if (r.code[i])
            code = nn_fail(error, r.code[i], "%s", r.error[i].text);
    nn_pool_free(pool);
    free(r.code);
    free(r.error);
    return code;
}

static int read_weights(nn_params *params, const nn_st_file *file, nn_error *error)
{
    int code = check_tensors(params, file, error);
    if (!code)
        code = nn_params_reserve(params, error);
    return code ? code : read_all(params, file, error);
}

/* --- both --- */

static int open_paths(fc_pretrained **out, const char *config, const char *weights,
                      const fc_pretrained_kind *wanted, bool own, nn_error *error)
{
    fc_pretrained_sizes sizes;
    const fc_pretrained_kind *kind;
    struct stat status;
    nn_st_file *file = NULL;
    int code = read_config(&sizes, &kind, config, error);
    if (!code && wanted && wanted != kind)
        code = nn_fail(error, NN_BAD_DATA, "%s: is of %s, not of %s", config, kind->name, wanted->name);
    const bool known = !code && stat(weights, &status) == 0;
    if (!code && known && !own && (*out = find_open(&status)))
        return NN_OK;
    if (!code)
        code = nn_st_open_header(&file, weights, error);
    if (!code)
        code = fc_pretrained_new(out, kind, &sizes, error);
    if (!code)
        code = read_weights((*out)->params, file, error);
    if (!code && known && !own)
        note_open(*out, &status);
    nn_st_close(file);
    return code;
}

int fc_pretrained_open(fc_pretrained **out, const char *folder, const fc_pretrained_kind *kind, bool own,
                       nn_error *error)
{
    char *config = join(folder, "config.json"), *weights = join(folder, "model.safetensors");
    *out = NULL;
    int code = config && weights ? open_paths(out, config, weights, kind, own, error) : nn_no_memory(error);
    if (code) {
        fc_pretrained_free(*out);
        *out = NULL;
    }
    free(config);
    free(weights);
    return code;
}
