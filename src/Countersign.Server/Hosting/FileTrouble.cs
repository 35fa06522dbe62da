using System.Security.Cryptography;

namespace Countersign.Server.Hosting;

/// <summary>What to say where the system does not let us at a file: which, why, and what next.</summary>
static class FileTrouble
{
    /// <summary>The sentence for a start that ended so; null for any other failure.</summary>
    public static string? Explain(Exception problem, IConfiguration configuration)
    {
        for (var cause = problem; cause is not null; cause = cause.InnerException)
        {
            if (cause is IOException or UnauthorizedAccessException or CryptographicException && CertificateOf(configuration, cause) is { } certificate)
            {
                return certificate;
            }
        }

        return problem is IOException or UnauthorizedAccessException ? Explain("The server could not start", problem) : null;
    }

    /// <summary>The sentence where nothing more is known than what the system said, which names the file.</summary>
    public static string Explain(string what, Exception problem) =>
        $"{what}: {problem.Message.TrimEnd('.')}. See that the user {Environment.UserName} may read and write there (run this as the user that owns the data directory, or give it that directory), and that the disk has room and can be written to.";

    /// <summary>The first file of a certificate that is to blame.</summary>
    static string? CertificateOf(IConfiguration configuration, Exception cause)
    {
        foreach (var (setting, value) in configuration.GetSection("Kestrel").AsEnumerable())
        {
            if (string.IsNullOrEmpty(value) || !setting.Contains("Certificate", StringComparison.OrdinalIgnoreCase)
                || !(setting.EndsWith(":Path", StringComparison.OrdinalIgnoreCase) || setting.EndsWith(":KeyPath", StringComparison.OrdinalIgnoreCase)))
            {
                continue;
            }

            // As ASP.NET Core reads it: beside the program, and not where it was started from.
            var path = Path.GetFullPath(value, AppContext.BaseDirectory);
            if (cause is CryptographicException)
            {
                return $"{setting} names {path}, and the certificate cannot be used: {cause.Message.TrimEnd('.')}. Give a certificate and its key that belong together, and Password if the key has one (docs/configuration.md).";
            }

            try
            {
                using var file = File.OpenRead(path);
            }
            catch (Exception problem) when (problem is FileNotFoundException or DirectoryNotFoundException)
            {
                return $"{setting} names {path}, and there is no such file. Correct the setting, or put the certificate there.";
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                return $"{setting} names {path}, which the user {Environment.UserName} may not read. Give that user the file, or name another.";
            }
        }

        return null;
    }
}
