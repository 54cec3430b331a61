/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The host's configuration of registries. */
#include "base/failure.h"
#include "formats/registries_config.h"

#define REGISTRIES_FILE "/etc/unroot/registries.conf"
#define REGISTRIES_FILE_SHARED "/etc/containers/registries.conf"

/* Reads REGISTRIES_FILE or, when it is not there, the one that podman reads; then the *.conf files of the
 * folder of that name with .d, sorted. No file at all is no failure. */
int registry_places_read(struct registries_config *ret_config, struct failure *failure) must_check;
/* The certificates to trust for a host besides the system's: all *.crt in DIR/HOST[:PORT], DIR being
 * /etc/unroot/certs.d, /etc/containers/certs.d and /etc/docker/certs.d. A file of PEM (memfd), the caller's;
 * -ENOENT: there are none; another errno with `failure`. */
int registry_certificates_open(const char *domain, struct failure *failure) must_check;
/* Who we are to a host by TLS: NAME.cert and NAME.key in the first of these folders that has such a pair. 1:
 * both texts, the caller's; 0: there is none. A certificate without key and more than one pair are failures.
 */
int registry_client_certificate(const char *domain, char **ret_certificate, char **ret_key,
                                struct failure *failure) must_check;
