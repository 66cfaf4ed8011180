/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What ranks share, carried by sockets between processes of this test: parts, numbers of all, and gradients
 * summed in the order of the shards, whoever ran them. */
#include "lib/base/ranks.h"
#include "lib/train_internal.h"
#include "tests/cmocka_all.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 5, SIZE = 70001 };

static int ends[MOST][MOST]; /* [a][b]: a's end of its line to b */

static void all_of(ssize_t (*pass)(int, void *, size_t), int end, void *data, size_t bytes)
{
    char *at = data;
    for (ssize_t n; bytes; bytes -= (size_t)n, at += n)
        if ((n = pass(end, at, bytes)) <= 0)
            _exit(9);
}

static ssize_t put(int end, void *data, size_t bytes)
{
    return write(end, data, bytes);
}

static void send_to(const void *data, size_t bytes, int to)
{
    all_of(put, ends[nn_rank()][to], (void *)(size_t)data, bytes);
}

static void receive(void *data, size_t bytes, int from)
{
    all_of(read, ends[nn_rank()][from], data, bytes);
}

static void broadcast(void *data, size_t bytes, int from)
{
    for (int r = 0; r < nn_ranks() && nn_rank() == from; r++)
        if (r != from)
            send_to(data, bytes, r);
    if (nn_rank() != from)
        receive(data, bytes, from);
}

static void share(void *data, const size_t *begin)
{
    for (int r = 0; r < nn_ranks(); r++)
        broadcast((char *)data + begin[r], begin[r + 1] - begin[r], r);
}

static const nn_ranks_kind sockets = {send_to, receive, broadcast, share};

/* Runs work as each of so many ranks; all have to find it true. */
static void run(int ranks, bool (*work)(void))
{
    pid_t child[MOST];
    for (int a = 0; a < ranks; a++)
        for (int b = a + 1; b < ranks; b++) {
            int pair[2];
            assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
            ends[a][b] = pair[0];
            ends[b][a] = pair[1];
        }
    for (int r = 0; r < ranks; r++) {
        child[r] = fork();
        assert_true(child[r] >= 0);
        if (child[r] == 0) {
            nn_ranks_set(&sockets, ranks, r);
            _exit(work() ? 0 : 1);
        }
    }
    for (int a = 0; a < ranks; a++)
        for (int b = 0; b < ranks; b++)
            if (a != b)
                close(ends[a][b]);
    for (int r = 0; r < ranks; r++) {
        int status;
        assert_int_equal(waitpid(child[r], &status, 0), child[r]);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
            fail_msg("rank %d of %d found something else", r, ranks);
    }
}

/* --- numbers --- */

static bool share_numbers(void)
{
    bool good = true;
    for (size_t count = 0; count < 12; count++) {
        double numbers[12] = {0};
        size_t begin, end, next = 0;
        for (int r = 0; r < nn_ranks(); r++) {
            nn_ranks_part(r, count, &begin, &end);
            good = good && begin == next && end >= begin && end - begin <= count / (size_t)nn_ranks() + 1;
            next = end;
        }
        good = good && next == count;
        nn_ranks_part(nn_rank(), count, &begin, &end);
        for (size_t i = begin; i < end; i++)
            numbers[i] = 1.5 * (double)i;
        nn_ranks_share(numbers, count, sizeof *numbers);
        for (size_t i = 0; i < count; i++)
            good = good && numbers[i] == 1.5 * (double)i;
    }
    good = good && nn_ranks_any(nn_rank() == nn_ranks() - 1) && !nn_ranks_any(false);
    return good && nn_ranks_agree(nn_rank() + 7) == 7;
}

static void test_numbers(void **state)
{
    (void)state;
    for (int ranks = 2; ranks <= MOST; ranks++)
        run(ranks, share_numbers);
    /* one rank has all, and asks nobody */
    size_t begin, end;
    nn_ranks_part(0, 11, &begin, &end);
    assert_true(begin == 0 && end == 11 && nn_ranks() == 1 && nn_rank() == 0);
    assert_true(nn_ranks_any(true) && !nn_ranks_any(false) && nn_ranks_agree(3) == 3);
}

/* --- apart --- */

/* A rank that works by itself finds nobody, and all meet again afterwards. */
static bool work_apart(void)
{
    size_t begin, end;
    const int ranks = nn_ranks(), rank = nn_rank();
    double mine = rank, *numbers = calloc((size_t)ranks, sizeof *numbers);
    if (!numbers)
        return false;
    nn_ranks_apart(true);
    nn_ranks_part(nn_rank(), 7, &begin, &end);
    bool good = nn_ranks() == 1 && nn_rank() == 0 && begin == 0 && end == 7 && !nn_ranks_any(false) &&
                nn_ranks_agree(rank + 3) == rank + 3;
    nn_ranks_broadcast(&mine, sizeof mine, 0);
    good = good && mine == rank;
    nn_ranks_apart(false);
    good = good && nn_ranks() == ranks && nn_rank() == rank;
    numbers[rank] = mine;
    nn_ranks_share(numbers, (size_t)ranks, sizeof *numbers);
    for (int r = 0; r < ranks; r++)
        good = good && numbers[r] == r;
    free(numbers);
    return good;
}

static void test_apart(void **state)
{
    (void)state;
    for (int ranks = 2; ranks <= MOST; ranks++)
        run(ranks, work_apart);
    nn_ranks_apart(true); /* alone, nothing changes */
    assert_int_equal(nn_ranks(), 1);
    nn_ranks_apart(false);
    assert_int_equal(nn_ranks(), 1);
}

/* --- gradients --- */

static nn_real gradient(int shard, size_t i)
{
    return (nn_real)((double)((i * 2654435761u + (size_t)shard * 40503u) % 1000003) / 7 - 60000);
}

static bool sum_gradients(void)
{
    bool good = true;
    for (int shards = nn_ranks(); shards <= 2 * MOST; shards++) {
        nn_real *grads[2 * MOST];
        size_t begin, end;
        nn_ranks_part(nn_rank(), (size_t)shards, &begin, &end);
        for (size_t s = 0; s < (size_t)shards; s++) {
            if (!(grads[s] = calloc(SIZE, sizeof(nn_real))))
                return false;
            for (size_t i = 0; i < SIZE && s >= begin && s < end; i++)
                grads[s][i] = gradient((int)s, i);
        }
        nn_ranks_sum_shards(grads, shards, SIZE);
        for (size_t i = 0; i < SIZE; i++) {
            nn_real sum = gradient(0, i);
            for (int s = 1; s < shards; s++)
                sum += gradient(s, i);
            good = good && grads[begin][i] == sum;
            for (size_t s = begin + 1; s < end; s++)
                good = good && grads[s][i] == 0;
        }
        for (int s = 0; s < shards; s++)
            free(grads[s]);
    }
    return good;
}

static void test_gradients(void **state)
{
    (void)state;
    for (int ranks = 2; ranks <= MOST; ranks++)
        run(ranks, sum_gradients);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_numbers), cmocka_unit_test(test_apart),
                                       cmocka_unit_test(test_gradients)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
