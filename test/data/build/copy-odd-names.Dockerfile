FROM build-base
COPY odd /odd
