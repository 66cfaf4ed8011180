/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trees of classes: made, checked, printed, summed. */
#include "forecast/statistics/classes/taxonomy.h"

#include "lib/files/text_stream.h"

#include <stdio.h>
#include <string.h>

/* What a tree is made from. */
typedef struct making {
    const fc_taxonomy_text *text;
    const char *const *classes;
    int count;
    nn_error *error;
} making;

static const fc_taxonomy_entry *find_entry(const fc_taxonomy_text *text, const char *name)
{
    for (int i = 0; i < text->count; i++)
        if (strcmp(text->entry[i].name, name) == 0)
            return &text->entry[i];
    return NULL;
}

/* What stands above a name; NULL: nothing. */
static const char *above(const fc_taxonomy_text *text, const char *name)
{
    const fc_taxonomy_entry *e = find_entry(text, name);
    return e && *e->above ? e->above : NULL;
}

static int find_class(const making *m, const char *name)
{
    for (int c = 0; c < m->count; c++)
        if (strcmp(m->classes[c], name) == 0)
            return c;
    return -1;
}

/* --- checks --- */

static int check_circle(const making *m, const fc_taxonomy_entry *e)
{
    char path[300] = "";
    size_t at = 0;
    int steps = 0;
    for (const char *n = e->name; n; n = above(m->text, n)) {
        if (at < sizeof path)
            at += (size_t)snprintf(path + at, sizeof path - at, "%s'%.40s'", at ? " below " : "", n);
        if (steps && strcmp(n, e->name) == 0)
            return nn_fail(m->error, NN_BAD_DATA, "%s:%d:%d: found a circle: %s; expected a tree",
                           m->text->where, e->line, e->column, path);
        if (++steps > m->text->count) /* it leads into a circle, which another entry is part of */
            return NN_OK;
    }
    return NN_OK;
}

static int check_entry(const making *m, const fc_taxonomy_entry *e)
{
    const fc_taxonomy_text *t = m->text;
    const bool is_above = fc_taxonomy_is_above(t, e->name), known = find_class(m, e->name) >= 0;
    if (is_above && known)
        return nn_fail(m->error, NN_BAD_DATA, "%s:%d:%d: '%s' is a class and stands above others", t->where,
                       e->line, e->column, e->name);
    if (!is_above && !known)
        return nn_fail(m->error, NN_BAD_DATA,
                       "%s:%d:%d: found '%s', which is none of the classes, expected '%s', '%s' ...",
                       t->where, e->line, e->column, e->name, m->classes[0], m->classes[1 % m->count]);
    return NN_OK;
}

static int check_classes(const making *m)
{
    const fc_taxonomy_text *t = m->text;
    for (int c = 0; c < m->count; c++) {
        if (fc_taxonomy_is_above(t, m->classes[c])) /* without an entry of its own */
            return nn_fail(m->error, NN_BAD_DATA, "%s:%d:%d: '%s' is a class and stands above others",
                           t->where, t->end_line, t->end_column, m->classes[c]);
        if (!find_entry(t, m->classes[c]))
            return nn_fail(m->error, NN_BAD_DATA,
                           "%s:%d:%d: found the end, expected a parent of the class '%s'", t->where,
                           t->end_line, t->end_column, m->classes[c]);
    }
    return NN_OK;
}

static int check(const making *m)
{
    int code = NN_OK;
    for (int i = 0; i < m->text->count && !code; i++)
        code = check_circle(m, &m->text->entry[i]);
    for (int i = 0; i < m->text->count && !code; i++)
        code = check_entry(m, &m->text->entry[i]);
    return code ? code : check_classes(m);
}

/* --- nodes --- */

/* A name above classes. */
typedef struct inner {
    const char *name;
    int depth, first; /* the first class below it */
} inner;

static bool is_above_all(const making *m, const char *name)
{
    for (int c = 0; c < m->count; c++) {
        const char *n = m->classes[c];
        while (n && strcmp(n, name) != 0)
            n = above(m->text, n);
        if (!n)
            return false;
    }
    return true;
}

/* The lowest name that stands above all classes; NULL: there is none. */
static const char *find_root(const making *m)
{
    const char *n = above(m->text, m->classes[0]);
    while (n && !is_above_all(m, n))
        n = above(m->text, n);
    return n;
}

/* Names from below the root or from the top down to this one. */
static int depth_of(const making *m, const char *name, const char *root)
{
    int depth = 0;
    for (const char *n = name; n && !(root && strcmp(n, root) == 0); n = above(m->text, n))
        depth++;
    return depth;
}

/* Deepest first; of equals those of later classes. */
static bool comes_before(const inner *a, const inner *b)
{
    return a->depth != b->depth ? a->depth > b->depth : a->first > b->first;
}

/* All names above classes but the root, in their order; -1: there are too many. */
static int collect(const making *m, const char *root, inner list[FC_MOST_PARENTS])
{
    int count = 0;
    for (int c = 0; c < m->count; c++)
        for (const char *n = above(m->text, m->classes[c]); n && !(root && strcmp(n, root) == 0);
             n = above(m->text, n)) {
            int i = 0;
            while (i < count && strcmp(list[i].name, n) != 0)
                i++;
            if (i < count)
                continue;
            if (count == FC_MOST_PARENTS)
                return -1;
            const inner new = {n, depth_of(m, n, root), c};
            for (i = count++; i > 0 && comes_before(&new, &list[i - 1]); i--)
                list[i] = list[i - 1];
            list[i] = new;
        }
    return count;
}

static int fail_at_end(const making *m, const char *what)
{
    return nn_fail(m->error, NN_BAD_DATA, "%s:%d:%d: %s", m->text->where, m->text->end_line,
                   m->text->end_column, what);
}

static void connect(fc_taxonomy *tree, const making *m, const char *root, int node, const char *name)
{
    const char *up = above(m->text, name);
    tree->depth[node] = depth_of(m, name, root);
    tree->parent[node] = up && !(root && strcmp(up, root) == 0) ? fc_taxonomy_find(tree, up) : -1;
    tree->levels = tree->depth[node] > tree->levels ? tree->depth[node] : tree->levels;
}

int fc_taxonomy_make(fc_taxonomy *tree, const fc_taxonomy_text *text, const char *const *classes, int count,
                     nn_error *error)
{
    const making m = {text, classes, count, error};
    inner list[FC_MOST_PARENTS];
    *tree = (fc_taxonomy){0};
    const int code = count + FC_MOST_PARENTS > FC_MOST_NODES
                         ? fail_at_end(&m, "there are too many classes for a tree")
                         : check(&m);
    if (code)
        return code;
    const char *root = find_root(&m);
    const int parents = collect(&m, root, list);
    if (parents < 0)
        return fail_at_end(&m, "found too many names above classes");
    if (!parents)
        return fail_at_end(&m, "found no class below another name that is not above all of them");
    tree->leaves = count;
    tree->nodes = count + parents;
    for (int i = 0; i < parents; i++)
        snprintf(tree->name[i], sizeof tree->name[i], "%s", list[i].name);
    for (int n = 0; n < tree->nodes; n++)
        connect(tree, &m, root, n, n < count ? classes[n] : tree->name[n - count]);
    if (tree->levels > FC_TAXONOMY_LEVELS) {
        *tree = (fc_taxonomy){0};
        return fail_at_end(&m, "found more levels than the ten that there may be");
    }
    return NN_OK;
}

/* --- names --- */

const char *fc_taxonomy_name(const fc_taxonomy *tree, const char *const *classes, int node)
{
    return node < tree->leaves ? classes[node] : tree->name[node - tree->leaves];
}

int fc_taxonomy_find(const fc_taxonomy *tree, const char *name)
{
    for (int n = tree->leaves; n < tree->nodes; n++)
        if (strcmp(tree->name[n - tree->leaves], name) == 0)
            return n;
    return -1;
}

bool fc_taxonomy_is_within(const fc_taxonomy *tree, int node, int up)
{
    while (node >= 0 && node != up)
        node = tree->parent[node];
    return node == up;
}

/* In quotes where the compact form asks for them. */
static void print_name(FILE *out, const char *name)
{
    const size_t length = strlen(name);
    const bool plain = length && !strpbrk(name, "=,;\"#\t\r\n") && name[0] != ' ' && name[length - 1] != ' ';
    if (plain) {
        fputs(name, out);
        return;
    }
    fputc('"', out);
    for (; *name; name++)
        fputs(*name == '"' ? "\"\"" : (char[]){*name, 0}, out);
    fputc('"', out);
}

/* In the order for people: names above others, then classes. */
static void print_below(FILE *out, const fc_taxonomy *tree, const char *const *classes, int parent,
                        const char *separator)
{
    const char *next = "";
    for (int k = 0; k < tree->nodes; k++) {
        const int parents = tree->nodes - tree->leaves, n = k < parents ? tree->nodes - 1 - k : k - parents;
        if (tree->parent[n] != parent || (parent < 0 && n >= tree->leaves))
            continue;
        fputs(next, out);
        print_name(out, fc_taxonomy_name(tree, classes, n));
        next = separator;
    }
}

char *fc_taxonomy_print(const fc_taxonomy *tree, const char *const *classes)
{
    nn_text_stream text;
    if (!nn_text_open(&text))
        return NULL;
    bool any = false;
    for (int n = tree->nodes - 1; n >= tree->leaves; n--) {
        fputs(n == tree->nodes - 1 ? "" : ";", text.out);
        print_name(text.out, tree->name[n - tree->leaves]);
        fputc('=', text.out);
        print_below(text.out, tree, classes, n, ",");
    }
    for (int c = 0; c < tree->leaves; c++)
        any |= tree->parent[c] < 0;
    fputs(any ? ";" : "", text.out);
    print_below(text.out, tree, classes, -1, ";");
    return nn_text_close(&text) ? text.text : NULL;
}

/* --- probabilities and levels --- */

void fc_taxonomy_sums(const fc_taxonomy *tree, const double *p, double *all)
{
    for (int n = 0; n < tree->nodes; n++)
        all[n] = n < tree->leaves ? p[n] : 0;
    for (int n = 0; n < tree->nodes; n++)
        if (tree->parent[n] >= 0)
            all[tree->parent[n]] += all[n];
}

int fc_taxonomy_level(const fc_taxonomy *tree, int level, int *node, int *place)
{
    int count = 0;
    for (int n = 0; n < tree->nodes; n++)
        place[n] = -1;
    for (int c = 0; c < tree->leaves; c++) {
        int up = c;
        while (tree->depth[up] > level)
            up = tree->parent[up];
        if (place[up] < 0) {
            node[count] = up;
            place[up] = count++;
        }
    }
    for (int n = tree->nodes - 1; n >= 0; n--) /* those above come first */
        if (tree->depth[n] > level)
            place[n] = place[tree->parent[n]];
    return count;
}
