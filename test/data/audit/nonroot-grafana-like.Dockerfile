ARG BASE_IMAGE=alpine-base
FROM alpine:3.19.1 AS alpine-base
FROM ${BASE_IMAGE}
ARG GF_UID="472"
ARG GF_GID="0"
RUN GF_GID_NAME=$(getent group $GF_GID | cut -d':' -f1) && \
    if grep -i -q alpine /etc/issue; then \
      adduser -S -u $GF_UID -G "$GF_GID_NAME" grafana; \
    else \
      adduser --system --uid $GF_UID --ingroup "$GF_GID_NAME" grafana; \
    fi
USER "$GF_UID"
ENTRYPOINT [ "/run.sh" ]
