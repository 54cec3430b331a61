/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The versions of the runtime specification that the reader takes. */
#define OCI_VERSION_MIN "1.0.0"
#define OCI_VERSION "1.3.0"
