FROM build-base
COPY . /all/
