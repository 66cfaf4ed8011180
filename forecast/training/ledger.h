/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is done of a work of many pieces, kept in a file beside its output, so that a work that was stopped
 * does not do them again. The file is OUTPUT.checkpoint, a safetensors file without tensors that proves
 * itself by its hash; the work's trainings have files of their own (forecast/training/checkpoint.h). */
#ifndef FC_LEDGER_H
#define FC_LEDGER_H

#include "forecast/training/checkpoint.h"
#include "lib/files/json.h"

typedef struct fc_ledger fc_ledger;

/* As fc_checkpoint_new, whose settings these are: epochs count pieces. */
int fc_ledger_new(fc_ledger **ledger, const char *output, const fc_checkpoint_settings *settings,
                  void (*say)(void *context, const char *line), void *context, nn_error *error);
void fc_ledger_free(fc_ledger *ledger);
/* What the work follows from, which is the ledger's from now on; where it resumes, what was done is read.
 * NN_BAD_DATA where the file is of another work. NULL ledger: nothing happens. */
int fc_ledger_begin(fc_ledger *ledger, json_t *origin, nn_error *error);

/* What a piece came to; NULL: it is not done. */
const char *fc_ledger_get(const fc_ledger *ledger, const char *piece);
/* Notes it, in the place of what was noted; text NULL: forgets it. Written when that is due. */
void fc_ledger_put(fc_ledger *ledger, const char *piece, const char *text);
/* Writes what was noted, where anything was. */
void fc_ledger_keep(fc_ledger *ledger);
/* The work has ended well: removes the file. */
void fc_ledger_remove(fc_ledger *ledger);
/* The file, once it is written or read; NULL. */
const char *fc_ledger_path(const fc_ledger *ledger);

/* Reals to the last bit as text, malloced, and back: false where the text has not as many. */
char *fc_ledger_reals(const double *values, size_t count);
bool fc_ledger_read_reals(const char *text, double *values, size_t count);

#endif
