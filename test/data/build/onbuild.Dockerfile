FROM build-base AS trigger
RUN true
FROM build-base
ONBUILD COPY a.txt /a
ONBUILD RUN echo x
