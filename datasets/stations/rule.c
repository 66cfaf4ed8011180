/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads a mask rule into a tree of conditions and holds it against rows. */
#include "datasets/stations/rule.h"

#include "datasets/time/decimal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef enum code {
    PUSH, /* number */
    LOAD, /* values[index] */
    NEGATE,
    NOT,
    ISNAN,
    ADD,
    SUBTRACT,
    MULTIPLY,
    DIVIDE,
    LESS,
    LESS_EQUAL,
    GREATER,
    GREATER_EQUAL,
    EQUAL,
    UNEQUAL,
    AND,
    OR
} code;

typedef struct step {
    code code;
    int index;
    double number;
} step;

/* The text as steps for a stack: operands first, then what joins them. */
struct ds_rule {
    step *steps;
    int count, room;
};

typedef struct parser {
    const char *text, *at;
    char *const *names;
    int name_count, depth;
    ds_rule *rule;
    nn_error *error;
} parser;

/* --- words --- */

static void skip_blanks(parser *p)
{
    p->at += strspn(p->at, " \t\r\n");
}

static int fail_at(const parser *p, const char *where, int most, const char *expected)
{
    const int place = (int)(where - p->text) + 1;
    if (!*where)
        return nn_fail(p->error, NN_USAGE, "rule '%.200s', position %d: it ends where %s is expected",
                       p->text, place, expected);
    return nn_fail(p->error, NN_USAGE, "rule '%.200s', position %d: '%.*s' where %s is expected", p->text,
                   place, most, where, expected);
}

static bool take(parser *p, const char *word)
{
    skip_blanks(p);
    const size_t length = strlen(word);
    if (strncmp(p->at, word, length) != 0)
        return false;
    p->at += length;
    return true;
}

static bool name_starts(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c > 127;
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

/* --- steps --- */

static int add_step(parser *p, step s)
{
    ds_rule *r = p->rule;
    if (r->count == r->room) {
        const int room = 2 * r->room + 16;
        step *more = realloc(r->steps, (size_t)room * sizeof *more);
        if (!more)
            return nn_fail(p->error, NN_FAILED, "no memory for a rule");
        r->steps = more;
        r->room = room;
    }
    r->steps[r->count++] = s;
    return NN_OK;
}

static int add_code(parser *p, code c)
{
    return add_step(p, (step){.code = c});
}

/* --- the grammar, from the leaves up --- */

static int parse_or(parser *p);

static int take_number(parser *p)
{
    const char *end = p->at;
    while (digit(*end) || *end == '.')
        end++;
    if (*end == 'e' || *end == 'E') {
        const char *exponent = end + 1 + (end[1] == '+' || end[1] == '-');
        if (digit(*exponent))
            for (end = exponent; digit(*end);)
                end++;
    }
    double number;
    if (ds_number_parse(p->at, (size_t)(end - p->at), false, &number) != DS_NUMBER_OK)
        return fail_at(p, p->at, (int)(end - p->at), "a finite number");
    p->at = end;
    return add_step(p, (step){.code = PUSH, .number = number});
}

static int fail_unknown(const parser *p, const char *where, const char *name)
{
    char list[400] = "";
    size_t at = 0;
    for (int i = 0; i < p->name_count && at < sizeof list - 1; i++) {
        const char *parts[2] = {i ? ", " : "", p->names[i]};
        for (int k = 0; k < 2; k++)
            for (const char *c = parts[k]; *c && at < sizeof list - 1; c++)
                list[at++] = *c;
        list[at] = '\0';
    }
    return nn_fail(p->error, NN_USAGE,
                   "rule '%.200s', position %d: there is no column '%.100s'; the columns are %s", p->text,
                   (int)(where - p->text) + 1, name, list);
}

static int add_name(parser *p, const char *where, const char *name)
{
    for (int i = 0; i < p->name_count; i++)
        if (strcmp(p->names[i], name) == 0)
            return add_step(p, (step){.code = LOAD, .index = i});
    return fail_unknown(p, where, name);
}

static int take_quoted(parser *p)
{
    const char *start = p->at;
    const char quote = *p->at++;
    char *name = malloc(strlen(p->at) + 1);
    if (!name)
        return nn_fail(p->error, NN_FAILED, "no memory for a rule");
    size_t length = 0;
    bool closed = false;
    for (; *p->at; p->at++) {
        if (*p->at == quote && *++p->at != quote) {
            closed = true;
            break;
        }
        name[length++] = *p->at;
    }
    name[length] = '\0';
    int status;
    if (!closed)
        status = nn_fail(p->error, NN_USAGE, "rule '%.200s', position %d: the name has no closing %c",
                         p->text, (int)(start - p->text) + 1, quote);
    else
        status = add_name(p, start, name);
    free(name);
    return status;
}

static int take_bracket(parser *p)
{
    const char *open = p->at - 1;
    int status = parse_or(p);
    if (!status && !take(p, ")"))
        return nn_fail(p->error, NN_USAGE,
                       "rule '%.200s', position %d: the bracket of position %d is not closed", p->text,
                       (int)(p->at - p->text) + 1, (int)(open - p->text) + 1);
    return status;
}

static int take_word(parser *p)
{
    const char *start = p->at;
    while (name_starts(*p->at) || digit(*p->at) || *p->at == '.')
        p->at++;
    const size_t length = (size_t)(p->at - start);
    if (length == 5 && strncmp(start, "isnan", 5) == 0 && take(p, "(")) {
        int status = take_bracket(p);
        return status ? status : add_code(p, ISNAN);
    }
    p->at = start + length;
    char *name = malloc(length + 1);
    if (!name)
        return nn_fail(p->error, NN_FAILED, "no memory for a rule");
    memcpy(name, start, length);
    name[length] = '\0';
    int status = add_name(p, start, name);
    free(name);
    return status;
}

static int parse_sign(parser *p)
{
    bool minus = false;
    while (take(p, "-") || take(p, "+"))
        minus ^= p->at[-1] == '-';
    skip_blanks(p);
    int status;
    if (digit(*p->at) || (*p->at == '.' && digit(p->at[1])))
        status = take_number(p);
    else if (*p->at == '"' || *p->at == '`')
        status = take_quoted(p);
    else if (name_starts(*p->at))
        status = take_word(p);
    else if (take(p, "("))
        status = take_bracket(p);
    else
        status = fail_at(p, p->at, 1, "a number, a column or an opening bracket");
    return !status && minus ? add_code(p, NEGATE) : status;
}

static int parse_product(parser *p)
{
    int status = parse_sign(p);
    while (!status && (take(p, "*") || take(p, "/"))) {
        const code c = p->at[-1] == '*' ? MULTIPLY : DIVIDE;
        if (!(status = parse_sign(p)))
            status = add_code(p, c);
    }
    return status;
}

static int parse_sum(parser *p)
{
    int status = parse_product(p);
    while (!status && (take(p, "+") || take(p, "-"))) {
        const code c = p->at[-1] == '+' ? ADD : SUBTRACT;
        if (!(status = parse_product(p)))
            status = add_code(p, c);
    }
    return status;
}

static bool take_comparison(parser *p, code *c)
{
    static const struct {
        const char *word;
        code code;
    } words[] = {{"<=", LESS_EQUAL}, {">=", GREATER_EQUAL}, {"==", EQUAL},
                 {"!=", UNEQUAL},    {"<", LESS},           {">", GREATER}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (take(p, words[i].word)) {
            *c = words[i].code;
            return true;
        }
    return false;
}

static int parse_comparison(parser *p)
{
    code c;
    int status = parse_sum(p);
    if (status || !take_comparison(p, &c))
        return status;
    if ((status = parse_sum(p)) || (status = add_code(p, c)))
        return status;
    skip_blanks(p);
    const char *second = p->at;
    return take_comparison(p, &c)
               ? fail_at(p, second, (int)(p->at - second), "&&, || or the end (comparisons do not chain)")
               : NN_OK;
}

static int parse_not(parser *p)
{
    bool inverted = false, given = false;
    for (skip_blanks(p); *p->at == '!' && p->at[1] != '='; skip_blanks(p)) {
        p->at++;
        given = true;
        inverted = !inverted;
    }
    int status = parse_comparison(p);
    if (!status && given)
        status = add_code(p, NOT);
    return !status && given && !inverted ? add_code(p, NOT) : status;
}

static int parse_and(parser *p)
{
    int status = parse_not(p);
    while (!status && take(p, "&&"))
        if (!(status = parse_not(p)))
            status = add_code(p, AND);
    return status;
}

/* Brackets are the only way deeper: the limit stands here. */
static int parse_or(parser *p)
{
    if (p->depth == DS_RULE_DEPTH)
        return nn_fail(p->error, NN_USAGE, "rule, position %d: brackets go deeper than %d",
                       (int)(p->at - p->text) + 1, DS_RULE_DEPTH);
    p->depth++;
    int status = parse_and(p);
    while (!status && take(p, "||"))
        if (!(status = parse_and(p)))
            status = add_code(p, OR);
    p->depth--;
    return status;
}

int ds_rule_new(ds_rule **rule, const char *text, char *const *names, int count, nn_error *error)
{
    *rule = NULL;
    if (strlen(text) > DS_RULE_LENGTH)
        return nn_fail(error, NN_USAGE, "a rule has at most %d characters, not %zu", DS_RULE_LENGTH,
                       strlen(text));
    ds_rule *made = calloc(1, sizeof *made);
    if (!made)
        return nn_fail(error, NN_FAILED, "no memory for a rule");
    parser p = {.text = text, .at = text, .names = names, .name_count = count, .rule = made, .error = error};
    int status = parse_or(&p);
    skip_blanks(&p);
    if (!status && *p.at)
        status = fail_at(&p, p.at, 1, "an operator or the end");
    if (status)
        ds_rule_free(made);
    else
        *rule = made;
    return status;
}

void ds_rule_free(ds_rule *rule)
{
    if (rule)
        free(rule->steps);
    free(rule);
}

/* --- the value --- */

static bool truth(double value)
{
    return value != 0 && !isnan(value);
}

static double join(code c, double a, double b)
{
    const bool known = !isnan(a) && !isnan(b);
    switch (c) {
    case ADD:
        return a + b;
    case SUBTRACT:
        return a - b;
    case MULTIPLY:
        return a * b;
    case DIVIDE:
        return a / b;
    case LESS:
        return a < b;
    case LESS_EQUAL:
        return a <= b;
    case GREATER:
        return a > b;
    case GREATER_EQUAL:
        return a >= b;
    case EQUAL:
        return a == b;
    case UNEQUAL:
        return known && a != b;
    case AND:
        return truth(a) && truth(b);
    case OR:
        return truth(a) || truth(b);
    default:
        return NAN;
    }
}

double ds_rule_value(const ds_rule *rule, const double *values)
{
    /* Each level of brackets holds back at most one operand for ||, &&, comparison, sum and product. */
    double stack[6 * DS_RULE_DEPTH + 6];
    int top = -1;
    for (int i = 0; i < rule->count; i++) {
        const step *s = &rule->steps[i];
        if (s->code == PUSH)
            stack[++top] = s->number;
        else if (s->code == LOAD)
            stack[++top] = values[s->index];
        else if (s->code == NEGATE)
            stack[top] = -stack[top];
        else if (s->code == NOT)
            stack[top] = !truth(stack[top]);
        else if (s->code == ISNAN)
            stack[top] = isnan(stack[top]);
        else {
            top--;
            stack[top] = join(s->code, stack[top], stack[top + 1]);
        }
    }
    return stack[0];
}

bool ds_rule_holds(const ds_rule *rule, const double *values)
{
    return truth(ds_rule_value(rule, values));
}

/* --- presets --- */

#define SDWPF_RANGES "Wdir < -180 || Wdir > 180 || Ndir < -720 || Ndir > 720"
#define SDWPF_BLADES "Pab1 > 89 || Pab2 > 89 || Pab3 > 89"

const ds_rule_preset ds_rule_presets[] = {
    {"sdwpf",
     "isnan(Wspd + Wdir + Etmp + Itmp + Ndir + Pab1 + Pab2 + Pab3 + Prtv + Patv) || Patv < 0 || "
     "Patv == 0 && Wspd > 2.5 || " SDWPF_BLADES " || " SDWPF_RANGES,
     "KDD Cup 2022, as its code scored: a missing field, negative power, no power in wind, turned blades, "
     "impossible angles",
     NAN},
    {"sdwpf-paper", "Patv <= 0 && Wspd > 2.5 || " SDWPF_BLADES " || " SDWPF_RANGES,
     "KDD Cup 2022, as its paper says: negative power counts as 0; no power in wind, turned blades, "
     "impossible angles",
     0},
    {NULL, NULL, NULL, 0}};

const ds_rule_preset *ds_rule_preset_find(const char *name)
{
    for (const ds_rule_preset *p = ds_rule_presets; p->name; p++)
        if (strcmp(p->name, name) == 0)
            return p;
    return NULL;
}
