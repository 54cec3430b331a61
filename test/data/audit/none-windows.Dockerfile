# escape=`
FROM mcr.microsoft.com/windows/servercore:ltsc2022
COPY x c:\x
USER ContainerUser
