FROM build-base
RUN echo old >/file && chmod 600 /file && chown 1000 /file
COPY a.txt /file
