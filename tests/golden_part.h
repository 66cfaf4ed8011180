/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs a part of the library against a file of reference values of tests/golden/blocks: outputs and every
 * gradient, dense and, where the file has them, for sequences of unlike lengths. Sizes and settings come from
 * the file alone.
 *
 * A file has "input" (or inputs of other names), "output", "cotangent", "param/...", "grad/..." and the like
 * under "ragged/". Parameters of the plan are called "b.NAME"; NAME, or NAME less its first component or two,
 * is the file's. */
#ifndef TESTS_GOLDEN_PART_H
#define TESTS_GOLDEN_PART_H

#include "lib/files/safetensors.h"
#include "lib/parts/block.h"

enum { GOLDEN_PARTS = 40 }; /* that one case may parse */
typedef struct golden_part golden_part;

/* Records the part on the inputs of the file; returns the output. */
typedef nn_tensor *(*golden_part_build)(golden_part *g);

typedef struct golden_part_case {
    const char *file; /* without folder and ending */
    golden_part_build build;
    const char *text;                /* for the builder: parts, with {key} for a number of the settings */
    const char *const (*renamed)[2]; /* what differs: pairs {in our names, in the file's}, NULL-ended; NULL */
} golden_part_case;

struct golden_part {
    const golden_part_case *test;
    const char *output; /* in place of "output" */
    nn_st_file *file;
    struct json_t *settings;
    nn_plan *plan;
    nn_params *params;
    bool ragged; /* this pass is of the ragged values */
    bool packed; /* the file's only values are ragged: "offsets" stands beside "input" */
    /* Set by a builder, before it asks for inputs: the name of the output that it returns, "" where the file
     * has it not, and what the gradients' names begin with; NULL: "output", "grad/". */
    const char *first, *grads;
    struct {
        char name[40];
        nn_tensor *tensor;
    } inputs[6];
    int input_count;
    struct {
        const char *name;
        nn_tensor *tensor;
    } others[2]; /* outputs beside the first */
    int other_count;
    nn_part parts[GOLDEN_PARTS];
    int part_count;
};

void golden_part_run(const golden_part_case *test);
/* Another output of the file, which has no gradients and is dense. */
void golden_part_run_output(const golden_part_case *test, const char *output);

/* --- for builders --- */

/* The input of that name of the pass under way, with a gradient where the file has one. */
nn_tensor *golden_part_input(golden_part *g, const char *name);
/* An output beside the one that the builder returns, with a cotangent of its own. */
void golden_part_output(golden_part *g, const char *name, nn_tensor *x);
/* A number or a text of the settings, "windows/1" for one of a list or an object; the test fails where there
 * is none. */
double golden_part_number(const golden_part *g, const char *key);
int golden_part_number_or(const golden_part *g, const char *key, int otherwise);
const char *golden_part_text(const golden_part *g, const char *key);
/* How many rows a tensor has. */
int golden_part_rows(const golden_part *g, const char *tensor);
bool golden_part_has(const golden_part *g, const char *tensor);
/* A part by its text, {key} filled in; lives as long as the case. */
nn_part golden_part_parse(golden_part *g, nn_part_class class, const char *text);
/* A block with the file's heads, head width, hidden units, activation, epsilon and forms of its parameters.
 */
nn_block golden_part_block(golden_part *g);

/* Builders: text is a mixer, on "input" and, where the file has it, "memory"; a feed-forward; or
 * "LAYOUT MIXER FFN [RESIDUAL [NORM]]" of one block named b. */
nn_tensor *golden_part_mixer(golden_part *g);
nn_tensor *golden_part_ffn(golden_part *g);
nn_tensor *golden_part_layers(golden_part *g);

#endif
