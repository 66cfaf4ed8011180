/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mask rules: conditions on the columns of one row, such as "Patv<0 || Pab1>89".
 *
 *   rule    := and {"||" and}            and  := not {"&&" not}        not := "!" not | compare
 *   compare := sum [("<" | "<=" | ">" | ">=" | "==" | "!=") sum]
 *   sum     := product {("+" | "-") product}     product := sign {("*" | "/") sign}
 *   sign    := "-" sign | "+" sign | number | name | "isnan" "(" rule ")" | "(" rule ")"
 *
 * A name is a letter or underscore (or any byte above 127) with digits, points and underscores after it;
 * other names stand in double quotes or backquotes, quotes in them doubled. A comparison with a missing value
 * is false, also "!="; so is a missing value as a condition. Arithmetic is that of IEEE 754. */
#ifndef DS_RULE_H
#define DS_RULE_H

#include "lib/base/error.h"

#include <stdbool.h>

enum { DS_RULE_DEPTH = 100, DS_RULE_LENGTH = 10000 };

typedef struct ds_rule ds_rule;

/* names[0..count): what a name may be; the value of name i is values[i]. NN_USAGE with the 1-based position
 * in the text, what stands there, and what was expected. */
int ds_rule_new(ds_rule **rule, const char *text, char *const *names, int count, nn_error *error);
void ds_rule_free(ds_rule *rule);

double ds_rule_value(const ds_rule *rule, const double *values);
/* Not zero and not NaN. */
bool ds_rule_holds(const ds_rule *rule, const double *values);

/* Rules by name. floor: target values below it count as it, NaN: they stay. */
typedef struct ds_rule_preset {
    const char *name, *text, *about;
    double floor;
} ds_rule_preset;
/* "sdwpf": the code that scored the KDD Cup 2022; "sdwpf-paper": the text of its paper, arXiv 2208.04360. The
 * entry without a name ends the list. */
extern const ds_rule_preset ds_rule_presets[];
const ds_rule_preset *ds_rule_preset_find(const char *name); /* NULL: no such preset */

#endif
