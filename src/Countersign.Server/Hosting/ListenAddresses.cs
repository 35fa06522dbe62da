using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Countersign.Server.Hosting;

/// <summary>The addresses to listen on, as an operator writes them, and what to say when they do not work.</summary>
static class ListenAddresses
{
    const string Example = "Write one as http://localhost:8080, http://0.0.0.0:8080 for every network, several with semicolons between them.";

    /// <summary>Adds a sentence for each address of <c>--urls</c> that cannot be listened on anywhere.</summary>
    public static void Check(string? urls, List<string> problems)
    {
        foreach (var url in (urls ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (ProblemOf(url) is { } problem)
            {
                problems.Add($"--urls has {url}, {problem}. {Example}");
            }
        }
    }

    /// <summary>The sentence for a failure to listen; null for any other failure.</summary>
    public static string? Explain(Exception problem, string? urls)
    {
        for (var cause = problem; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case AddressInUseException:
                    return $"{problem.Message.TrimEnd('.')}. Another program listens there. Start with another --urls, for example --urls http://localhost:8090";
                case SocketException { SocketErrorCode: SocketError.AccessDenied }:
                    return $"The server may not listen on {urls}: ports below 1024 are for the system. Start with another --urls, for example --urls http://localhost:8090";
                case SocketException { SocketErrorCode: SocketError.AddressNotAvailable }:
                    return $"The server cannot listen on {urls}: this machine has no such address. {Example}";
                case InvalidOperationException when urls?.Contains("https://", StringComparison.OrdinalIgnoreCase) == true && cause.Message.Contains("certificate", StringComparison.Ordinal):
                    return $"The server cannot listen on {urls} without a certificate: add --Kestrel:Certificates:Default:Path and --Kestrel:Certificates:Default:KeyPath (docs/configuration.md).";
            }
        }

        return null;
    }

    static string? ProblemOf(string url)
    {
        BindingAddress address;
        try
        {
            address = BindingAddress.Parse(url);
        }
        catch (FormatException)
        {
            return url.Contains("://", StringComparison.Ordinal) ? "which is no address to listen on" : "which does not begin with http:// or https://";
        }

        return address.Scheme.ToLowerInvariant() is not ("http" or "https") ? "which begins with neither http:// nor https://"
            : address.IsUnixPipe || address.IsNamedPipe ? null
            : address.Port is < 0 or > 65_535 ? "whose port is not from 0 to 65535"
            : address.Host.Length == 0 ? "which names no host"
            : address.Host.Contains(':', StringComparison.Ordinal) && !address.Host.StartsWith('[') ? "whose port is not a number"
            : address.PathBase.Length > 0 ? "which has a path; an address ends with its port"
            : null;
    }
}
