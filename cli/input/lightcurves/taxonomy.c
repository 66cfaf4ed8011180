/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trees of classes from files and options. */
#include "cli/input/lightcurves/taxonomy.h"

#include "cli/shell/report.h"
#include "lib/base/text.h"
#include "lib/files/inputs.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_BYTES = 1 << 20 };

const nn_option cli_answer_options[] = {
    {"taxonomy", 0, NN_TEXT, offsetof(cli_answer_settings, taxonomy), NULL, "FILE|A=B,C;...", 0, 0,
     "a tree over the model's classes in place of that which it was trained with, as for train"},
    {"answer-confidence", 0, NN_REAL, offsetof(cli_answer_settings, confidence), NULL, "P", 0.01, 1,
     "of a model with a tree of classes: answer with the deepest class, or name above classes, of this "
     "probability or more (the model's, with which nine of ten answers were right on its validation part)"},
    {0}};

static int read_file(fc_taxonomy_text *text, int file, const char *path, nn_error *error)
{
    char *content = malloc(MOST_BYTES + 1);
    size_t length = 0;
    ssize_t got = 1;
    while (content && got > 0 && length <= MOST_BYTES) {
        got = read(file, content + length, MOST_BYTES + 1 - length);
        length += got > 0 ? (size_t)got : 0;
    }
    int code = content ? NN_OK : nn_no_memory(error);
    if (!code && got < 0)
        code = nn_fail(error, NN_FAILED, "%s: %s", path, strerror(errno));
    if (!code && length > MOST_BYTES)
        code = nn_fail(error, NN_BAD_DATA, "%s is too long for a tree of classes", path);
    if (!code) {
        content[length] = 0;
        code = fc_taxonomy_read(text, content, nn_base_name(path), error);
    }
    free(content);
    return code;
}

int cli_taxonomy_read(fc_taxonomy_text *text, const char *value, nn_error *error)
{
    *text = (fc_taxonomy_text){0};
    const int file = nn_input_open(value, O_RDONLY);
    if (file >= 0) {
        const int code = read_file(text, file, value, error);
        close(file);
        return code;
    }
    return strpbrk(value, "=;") ? fc_taxonomy_read_compact(text, value, "--taxonomy", error)
                                : nn_fail(error, NN_USAGE,
                                          "--taxonomy: '%.200s': %s; expected a file, or a tree such as "
                                          "'transient=Ia,II;variable=RRLyr,EB'",
                                          value, strerror(errno));
}

/* Answers of a tree that the model was not trained with have not been tried. */
static int set_tree(fc_classifier *model, const char *value, bool confident, nn_error *error)
{
    fc_hierarchy *h = &model->hierarchy;
    const char *const *classes = (const char *const *)model->class_names;
    fc_taxonomy tree;
    fc_taxonomy_text text;
    int code = cli_taxonomy_read(&text, value, error);
    if (!code)
        code = fc_taxonomy_make(&tree, &text, classes, model->classes, error);
    fc_taxonomy_text_clear(&text);
    char *before = h->text ? strdup(h->text) : NULL;
    const fc_answer_rule rule = h->rule;
    if (!code)
        code = fc_hierarchy_set(h, &tree, h->alpha, classes, error);
    const bool same = !code && before && strcmp(before, h->text) == 0;
    free(before);
    if (code)
        return code;
    h->rule = same ? rule : (fc_answer_rule){FC_UNTRIED_CONFIDENCE, NAN, NAN};
    if (!same && !confident)
        cli_say_note("answers of this tree were not tried on the model's validation part: they are given "
                     "from a probability of %g on",
                     FC_UNTRIED_CONFIDENCE);
    return NN_OK;
}

int cli_answers_set(fc_classifier *model, const cli_answer_settings *s, nn_error *error)
{
    const bool confident = s->confidence > 0;
    const int code = s->taxonomy ? set_tree(model, s->taxonomy, confident, error) : NN_OK;
    if (code)
        return code;
    if (confident && !model->hierarchy.text)
        return nn_fail(error, NN_USAGE,
                       "--answer-confidence: the model has no tree of classes; --taxonomy gives it one");
    if (confident)
        model->hierarchy.rule = (fc_answer_rule){s->confidence, NAN, NAN};
    return NN_OK;
}
