FROM build-base
ADD plain.tar /add/
ADD packed.tar.gz /gz/
ADD plain.tar /
