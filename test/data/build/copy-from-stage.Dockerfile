FROM build-base AS made
RUN mkdir -p /out/in && echo x >/out/in/file && chown -R 1000:44 /out && chmod 750 /out/in && ln -s in/file /out/link
FROM build-base
COPY --from=made /out /out
COPY --from=made --chown=1001 /out/in/file /own
COPY --from=0 /out/link /followed
