FROM docker.io/bitnami/minideb:bookworm
RUN install_packages ca-certificates curl procps
EXPOSE 5432
USER 1001
ENTRYPOINT [ "/opt/bitnami/scripts/postgresql/entrypoint.sh" ]
CMD [ "/opt/bitnami/scripts/postgresql/run.sh" ]
