/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forecasters that others trained on very many series and published: they read any series without having seen
 * it before. A series is cut into patches, tokens of a transformer, of which come quantiles of the rows
 * ahead.
 *
 * Series come in groups of `members`: one is forecast by itself, several are forecast together. */
#ifndef FC_PRETRAINED_H
#define FC_PRETRAINED_H

#include "lib/base/error.h"
#include "lib/params.h"
#include "lib/plan.h"
#include "lib/pool.h"

#include <jansson.h>

enum { FC_PRETRAINED_LEVELS = 99 };

/* What a published config.json says. */
typedef struct fc_pretrained_sizes {
    int d_model, d_kv, d_ff, heads, layers, decoder_layers;
    int buckets, distance; /* of nn_relative */
    double theta;          /* of nn_rotary_halves */
    double epsilon, dropout;
    nn_activation_kind activation;
    int tokens;      /* learned ones: padding or start, and that which ends the past */
    int start_token; /* of the decoder */
    int reg_token;   /* that ends the past; -1: there is none */
    int context;     /* rows that are seen at most */
    int patch, stride;
    int block;      /* rows that come out of a token */
    int most_ahead; /* tokens that rows come out of at once */
    int time_scale; /* rows of a unit of time */
    bool arcsinh;
    int levels;
    double level[FC_PRETRAINED_LEVELS]; /* rising, within 0 and 1 */
} fc_pretrained_sizes;

/* One pass of the network. */
typedef struct fc_pretrained_shape {
    int members; /* series of a group: a sample of the plan */
    int patches; /* tokens of the past */
    int ahead;   /* blocks of rows to come */
} fc_pretrained_shape;

typedef struct fc_pretrained_ports {
    nn_tensor *past;   /* (B*members, patches, channels*patch) */
    nn_tensor *future; /* (B*members, ahead, channels*patch); NULL: it is not told what is known of it */
    nn_tensor *seen;   /* (B*members, all tokens, 1): 0 where a token stands for nothing */
    nn_tensor *output; /* (B*members, ahead, levels*block), scaled */
} fc_pretrained_ports;

/* A published family of networks: one file describes one. */
typedef struct fc_pretrained_kind {
    const char *name;         /* of the kind of model: "chronos-bolt" */
    const char *architecture; /* in config.json */
    int channels;             /* numbers that a row of a patch becomes: time, value and whether it is known,
                                 or the last two */
    bool joint;               /* members of a group see each other, and what is known of the rows to come */
    /* Beyond most_ahead blocks forecasts go on from paths: those of its own levels, of which each counts the
     * same, or of the tenths, which count by the share of what may come that they stand for. */
    bool tenths;
    void (*build)(nn_plan *plan, const fc_pretrained_sizes *sizes, fc_pretrained_shape shape,
                  fc_pretrained_ports *ports);
} fc_pretrained_kind;

extern const fc_pretrained_kind fc_pretrained_bolt, fc_pretrained_two;
const fc_pretrained_kind *fc_pretrained_find(const char *name); /* NULL: there is none */

/* A network with its weights; shared by all that opened the same folder. */
typedef struct fc_pretrained {
    const fc_pretrained_kind *kind;
    fc_pretrained_sizes sizes;
    nn_params *params;
    int users;
    void *place; /* where opened ones are kept; NULL: it belongs to one user alone */
} fc_pretrained;

/* Whether the path is a folder with a config.json, and the kind that it says it holds; NN_BAD_DATA where it
 * is of another program. */
bool fc_pretrained_is_folder(const char *path);
int fc_pretrained_folder_kind(const fc_pretrained_kind **kind, const char *path, nn_error *error);

/* Reads FOLDER/config.json and FOLDER/model.safetensors. kind NULL: whichever it holds. NN_BAD_DATA names the
 * file and what was found there. own: the weights will be changed. For fc_pretrained_free. */
int fc_pretrained_open(fc_pretrained **out, const char *folder, const fc_pretrained_kind *kind, bool own,
                       nn_error *error);
/* With weights still to come: params are known, but have no memory. */
int fc_pretrained_new(fc_pretrained **out, const fc_pretrained_kind *kind, const fc_pretrained_sizes *sizes,
                      nn_error *error);
/* The same one, for one user more. */
fc_pretrained *fc_pretrained_share(fc_pretrained *p);
void fc_pretrained_free(fc_pretrained *p); /* NULL is allowed */

/* --- config.json (sizes.c) --- */

/* From the document of a file, whose path is for messages; the kind that it says it is of. */
int fc_pretrained_sizes_read(fc_pretrained_sizes *sizes, const fc_pretrained_kind **kind,
                             const json_t *object, const char *path, nn_error *error);
/* The same document, as far as it is read. */
json_t *fc_pretrained_sizes_json(const fc_pretrained_sizes *sizes, const fc_pretrained_kind *kind);

/* --- forecasts (run.c, roll.c) --- */

/* NaN stands for what is not known, in context and future. */
typedef struct fc_pretrained_batch {
    int groups, members;
    int length;            /* rows of context of every series; the last ones count */
    const double *context; /* groups x members x length */
    int ahead;             /* rows that something is known of, at most */
    const double *future;  /* groups x members x ahead; NULL: nothing is known */
    int steps;             /* rows to forecast */
    double *out;           /* groups x members x levels x steps */
} fc_pretrained_batch;

/* Pool NULL: by this thread alone. The same bytes for any number of threads, and for any company in the
 * batch. */
int fc_pretrained_forecast(const fc_pretrained *p, const fc_pretrained_batch *batch, nn_pool *pool,
                           nn_error *error);
/* One pass: steps of `batch` is a whole number of blocks that one pass makes. */
int fc_pretrained_pass(const fc_pretrained *p, const fc_pretrained_batch *batch, nn_pool *pool,
                       nn_error *error);

/* A quantile by those at rising levels, by a straight line between two of them, and the outermost beyond. */
double fc_pretrained_between(const double *level, const double *value, int stride, int count, double share);

/* --- what a series looks like to the network (series.c) --- */

typedef struct fc_pretrained_scale {
    double shift, scale;
    bool arcsinh;
} fc_pretrained_scale;

/* Of the known values among x (n). */
fc_pretrained_scale fc_pretrained_scale_of(const fc_pretrained_sizes *sizes, const double *x, int n);
double fc_pretrained_scaled(const fc_pretrained_scale *s, double x);
double fc_pretrained_back(const fc_pretrained_scale *s, double x);
/* Rows that are seen of a group of contexts (members x length): of `length` the last ones, from the first
 * that is known on. */
int fc_pretrained_seen_rows(const fc_pretrained_sizes *sizes, const double *context, int members, int length);
/* Patches that so many rows make. */
int fc_pretrained_patches(const fc_pretrained_sizes *sizes, int rows);
/* Tokens of all: the past, that which ends it, and the rows to come where they are told. */
int fc_pretrained_tokens(const fc_pretrained *p, fc_pretrained_shape shape);
/* Puts one series at `place` of the ports: its last `rows` values, and what is known of the rows to come
 * (NULL: nothing). */
void fc_pretrained_put(const fc_pretrained *p, const fc_pretrained_ports *ports, fc_pretrained_shape shape,
                       size_t place, const fc_pretrained_scale *scale, const double *x, int rows,
                       const double *future, int ahead);

#endif
