/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The flags of limits that run, create and update share. MEMBER(name) is the offset of the member of that
 * name, U32 and U64 the kinds of those without a sign. */
#include "formats/option.h"

#define LIMIT_ROWS(MEMBER, U32, U64)                                                                          \
    {                                                                                                         \
        "blkio-weight",       0,    U32,                                                                      \
        MEMBER(blkio_weight), NULL, "Share of block I/O when it is short (10 .. 1000)"},                      \
        {"cpu-period",       0,    U64,                                                                       \
         MEMBER(cpu_period), NULL, "Period of --cpu-quota in microseconds (1000 .. 1000000)"},                \
        {"cpu-quota", 0, OPTION_I64, MEMBER(cpu_quota), NULL, "Processor time in a period, in microseconds"}, \
        {"cpu-shares",       'c',  U64,                                                                       \
         MEMBER(cpu_shares), NULL, "Share of processor time when it is short (1024 = one share)"},            \
        {"cpus", 0, OPTION_STRING, MEMBER(cpus), "NUMBER", "Processors at most (1.5 = one and a half)"},      \
        {"cpuset-cpus",       0,      OPTION_STRING,                                                          \
         MEMBER(cpuset_cpus), "LIST", "Run on these processors only (0-3, 0,1)"},                             \
        {"cpuset-mems", 0, OPTION_STRING, MEMBER(cpuset_mems), "LIST", "Use the memory of these nodes only"}, \
        {"memory", 'm', OPTION_STRING, MEMBER(memory), "BYTES", "Memory at most (512m, 1.5g)"},               \
        {"memory-reservation",       0,       OPTION_STRING,                                                  \
         MEMBER(memory_reservation), "BYTES", "Memory that is reclaimed last"},                               \
        {"memory-swap",       0,       OPTION_STRING,                                                         \
         MEMBER(memory_swap), "BYTES", "Memory and swap together at most, -1 = any"},                         \
    {                                                                                                         \
        "pids-limit", 0, OPTION_I64, MEMBER(pids_limit), NULL, "Processes at most, -1 = any"                  \
    }
