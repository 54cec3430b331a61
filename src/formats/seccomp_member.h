/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The members of a seccomp profile: each is read or refused with its place. Used by formats/seccomp_profile.c
 * only. Functions return 0 or -ENOMEM; a refusal is a finding and sets `refused`. NULL (absent, or Go's null)
 * is "not given". Lists of names end with NULL. */
#include "formats/seccomp_profile.h"

#define SECCOMP_PLACE_SIZE 320

struct seccomp_member_reader {
    struct report *report;
    bool refused;
};

struct seccomp_action_members {
    const char *action, *number, *name; /* "action", "errnoRet", "errno" (podman's: "EPERM") */
};

/* "PLACE.KEY" ("PLACE KEY" behind a colon) and "PLACE[INDEX]"; a place that is too long is cut. */
void seccomp_place_member(char ret_place[SECCOMP_PLACE_SIZE], const char *place, const char *key);
void seccomp_place_item(char ret_place[SECCOMP_PLACE_SIZE], const char *place, size_t index);

/* Adds a finding; always 0. */
int seccomp_member_refuse(struct seccomp_member_reader *r, const char *place, const char *rule,
                          const char *format, ...) printf_like(4, 5);
/* True for an object whose members are all among `names`; false (with findings) for another type. */
bool seccomp_member_object(struct seccomp_member_reader *r, const char *place, struct json_object *value,
                           const char *const *names);
/* Length of an array, 0 for none or another type (with a finding). */
size_t seccomp_member_array(struct seccomp_member_reader *r, const char *place, struct json_object *value);
/* A string that is needed; appended to `list` when it is one of `names`. */
int seccomp_member_word(struct seccomp_member_reader *r, const char *place, struct json_object *value,
                        const char *const *names, struct strings *list) must_check;
/* An array of such strings. */
int seccomp_member_words(struct seccomp_member_reader *r, const char *place, struct json_object *value,
                         const char *const *names, struct strings *list) must_check;
/* A string or nothing. */
int seccomp_member_text(struct seccomp_member_reader *r, const char *place, struct json_object *value,
                        char **ret_text) must_check;
/* The action of `object` and its errno or message. */
int seccomp_member_action(struct seccomp_member_reader *r, const char *place, struct json_object *object,
                          const struct seccomp_action_members *members, struct seccomp_rule *rule) must_check;
/* One item of "syscalls". */
int seccomp_member_rule(struct seccomp_member_reader *r, const char *place, struct json_object *value,
                        struct seccomp_rule *rule) must_check;
