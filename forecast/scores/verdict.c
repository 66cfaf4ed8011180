/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The test of two forecasters' losses, and what is said of its outcome. */
#include "forecast/scores/verdict.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

fc_dm fc_compare(const double *loss, const double *other, size_t windows, size_t steps)
{
    fc_dm dm = {0, NAN, NAN, NAN};
    if (loss != other && windows / FC_DM_HORIZONS >= steps)
        dm = fc_dm_losses(loss, other, windows, steps, FC_DM_TWO_SIDED);
    if (dm.count / FC_DM_HORIZONS < steps) /* windows without a known value do not count */
        dm.statistic = dm.p = NAN;
    return dm;
}

const char *fc_p_text(double p, char text[24])
{
    if (isnan(p))
        snprintf(text, 24, "p not defined");
    else if (p < 0.001)
        snprintf(text, 24, "p < 0.001");
    else
        snprintf(text, 24, "p = %.*f", p < 0.0995 ? 3 : 2, p);
    return text;
}

void fc_p_reason(double p, size_t windows, size_t steps, int horizon, char text[100])
{
    fc_p_text(p, text);
    if (isnan(p) && windows / FC_DM_HORIZONS < steps)
        snprintf(text + strlen(text), 100 - strlen(text), ": %zu windows are too few for a horizon of %d",
                 windows, horizon);
}

static void say_number(char text[40], double value, int digits)
{
    snprintf(text, 40, digits < 0 ? "%.*g" : "%.*f", digits < 0 ? -digits : digits, value);
}

/* What stands for one name in braces. */
typedef struct word {
    const char *name, *text;
} word;

/* Puts the words into a sentence. */
static void compose(char *out, size_t size, const char *sentence, const word *words)
{
    size_t at = 0;
    while (*sentence && at + 1 < size) {
        const size_t length = strcspn(sentence, "}");
        const word *w = words;
        while (*sentence == '{' && w->name &&
               (strlen(w->name) != length - 1 || strncmp(sentence + 1, w->name, length - 1) != 0))
            w++;
        if (*sentence == '{' && w->name) {
            at += (size_t)snprintf(out + at, size - at, "%s", w->text);
            sentence += length + 1;
        } else {
            out[at++] = *sentence++;
        }
    }
    out[at < size ? at : size - 1] = '\0';
}

bool fc_judge(char *text, size_t size, const fc_words *words, const fc_match *m)
{
    const double a = fc_metric_value(m->metric, m->record), b = fc_metric_value(m->metric, m->rival_record);
    const bool ahead = m->metric->better < 0 ? a < b : a > b;
    const bool chance = m->p > FC_SIGNIFICANCE || (ahead && m->statistic > 0);
    char p[100], value[40], other[40], by[40], change[60] = "";
    fc_p_reason(m->p, m->windows, m->steps, m->horizon, p);
    say_number(value, a, words->digits);
    say_number(other, b, words->digits);
    snprintf(by, sizeof by, "%.*f%%", words->percent_digits, 100 * fabs(1 - a / b));
    if (b > 0 && a != b)
        snprintf(change, sizeof change, ", %s %s", by, a < b ? "lower" : "higher");
    const word all[] = {{"model", m->model},
                        {"rival", m->rival},
                        {"value", value},
                        {"other", other},
                        {"by", by},
                        {"change", change},
                        {"p", p},
                        {"as", chance || a == b ? "as well" : "better"},
                        {"what", m->what ? m->what : ""},
                        {"more", m->more ? m->more : ""},
                        {0}};
    compose(text, size, !ahead ? words->loses : chance ? words->chance : words->beats, all);
    return ahead && !chance;
}
