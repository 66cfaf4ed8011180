/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Labels of the objects that go through a classifier, and what is said about objects left out. */
#ifndef CLI_OBJECTS_H
#define CLI_OBJECTS_H

#include "cli/input/lightcurves/photometry.h"
#include "forecast/tasks/lightcurves/stream.h"
#include "forecast/tasks/lightcurves/training/split.h"

/* --- labels of a table of objects --- */

/* How a column of labels becomes classes. */
typedef struct cli_labels {
    int count; /* classes */
    char name[FC_MOST_CLASSES][DS_BAND_NAME * 2];
    fc_taxonomy tree; /* over them; nodes 0: there is none */
    int *row;         /* per row of the catalogue: its class, or node of the tree; -1 without one */
    uint8_t *part;    /* per row: its part, FC_PART_NONE where there is no split */
} cli_labels;

/* map: "Ia=Ia,core collapse=*" - names with the values that they stand for, parted by |; * is every other
 * value. NULL: every value is a class. category: the catalogue's column of labels. Values without a class get
 * none. taxonomy: names that stand above others in it are nodes of the tree rather than classes; NULL: there
 * is none. */
int cli_labels_make(cli_labels *labels, const ds_catalogue *catalogue, int category, const char *map,
                    const fc_taxonomy_text *taxonomy, nn_error *error);
/* The same against the names of a model's classes and of its tree: values that are none of them get none. */
int cli_labels_match(cli_labels *labels, const ds_catalogue *catalogue, int category, const char *map,
                     const fc_classifier *model, nn_error *error);
void cli_labels_clear(cli_labels *labels);
/* Says which classes have fewer than ten objects, of all or of one part (-1: all); training: with how many
 * are in each part. */
void cli_labels_say_few(const cli_labels *labels, const ds_catalogue *catalogue, int part, bool training);

/* Parts of the labelled rows. split: "0.8/0.1/0.1" (shares, stratified), "COLUMN=RULE" (training where the
 * rule holds, a tenth of it validates), or "K-folds:I" (fold I, 0 to K-1, is the test part). column: the
 * catalogue's category of the second form, see cli_split_column. */
int cli_labels_split(cli_labels *labels, const ds_catalogue *catalogue, const char *split, int column,
                     uint64_t seed, nn_error *error);
/* The column that a split asks for, into text of size; false: it asks for none. */
bool cli_split_column(const char *split, char *text, size_t size);

/* --- the way through --- */

/* Notes on what fc_sweep_run left out and why. */
void cli_objects_say(const fc_sweep *objects);

#endif
