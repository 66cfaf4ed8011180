/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tells operations how much of a tensor a run uses, and how its rows are numbered. */
#include "lib/plan_internal.h"

int nn_tokens(const nn_tensor *x, size_t s, size_t *first)
{
    *first = x->ragged ? (size_t)x->ragged->offsets[s] : s * (size_t)x->shape[1];
    return x->ragged ? x->ragged->offsets[s + 1] - x->ragged->offsets[s] : x->shape[1];
}

size_t nn_sequences(const nn_tensor *x, const nn_run *run)
{
    return x->ragged ? (size_t)run->batch : nn_active(x, run);
}

size_t nn_active(const nn_tensor *x, const nn_run *run)
{
    if (x->ragged)
        return (size_t)x->ragged->offsets[run->batch];
    return (size_t)run->batch * (size_t)x->node->lead;
}

size_t nn_inner(const nn_tensor *x)
{
    size_t n = 1;
    for (int i = 1; i < x->rank; i++)
        n *= (size_t)x->shape[i];
    return n;
}

int nn_width(const nn_tensor *x)
{
    return x->shape[x->rank - 1];
}

/* Rows behind one leading entry; a rank-1 tensor has one element per sample, taken as one row of one. */
static size_t rows_per_lead(const nn_tensor *x)
{
    return x->rank == 1 ? 1 : nn_inner(x) / (size_t)nn_width(x);
}

size_t nn_rows(const nn_tensor *x, const nn_run *run)
{
    return nn_active(x, run) * rows_per_lead(x);
}

size_t nn_capacity(const nn_tensor *x)
{
    return (size_t)x->shape[0] * nn_inner(x);
}

size_t nn_row_capacity(const nn_tensor *x)
{
    return (size_t)x->shape[0] * rows_per_lead(x);
}

uint64_t nn_first_number(const nn_tensor *x, const nn_run *run, size_t s, size_t row)
{
    if (!x->ragged)
        return (uint64_t)run->first_sample * (uint64_t)x->node->lead * rows_per_lead(x) + row;
    if (x->ragged->reserved)
        return ((uint64_t)run->first_sample + s) * (uint64_t)x->ragged->reserved;
    return x->ragged->first_token + row;
}

bool nn_next_stretch(const nn_tensor *x, const nn_run *run, nn_stretch *stretch)
{
    const size_t s = stretch->next++;
    if (x->ragged && x->ragged->reserved && run->parts <= 1) {
        if (s >= nn_sequences(x, run))
            return false;
        stretch->rows = (size_t)nn_tokens(x, s, &stretch->row);
    } else {
        size_t end;
        nn_share(nn_rows(x, run), run, &stretch->row, &end);
        stretch->rows = end - stretch->row;
    }
    stretch->number = nn_first_number(x, run, s, stretch->row);
    return x->ragged && x->ragged->reserved && run->parts <= 1 ? true : s == 0;
}

void nn_share(size_t total, const nn_run *run, size_t *begin, size_t *end)
{
    size_t parts = run->parts > 1 ? (size_t)run->parts : 1;
    *begin = total * (size_t)run->part / parts;
    *end = total * ((size_t)run->part + 1) / parts;
}

nn_real *nn_scratch(const nn_op *op, const nn_run *run)
{
    return op->scratch_f + (size_t)run->part * op->scratch_forward;
}

size_t nn_plan_largest(const nn_plan *plan)
{
    size_t most = 0;
    for (int i = 0; i < plan->node_count; i++) {
        const nn_tensor *x = &plan->nodes[i]->tensor;
        const size_t bytes = x->ragged ? 0 : nn_capacity(x) / (size_t)plan->batch * sizeof(nn_real);
        most = bytes > most ? bytes : most;
    }
    return most;
}
