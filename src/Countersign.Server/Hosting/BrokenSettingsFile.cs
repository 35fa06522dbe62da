using System.Text.Json;

namespace Countersign.Server.Hosting;

/// <summary>Says where a file of settings is broken. What stands there is not repeated: it may be a password.</summary>
static class BrokenSettingsFile
{
    public static string Explain(InvalidDataException problem)
    {
        for (Exception? cause = problem; cause is not null; cause = cause.InnerException)
        {
            if (cause is JsonException { LineNumber: { } line, BytePositionInLine: { } at })
            {
                return $"{NameIn(problem.Message)} is not JSON: it cannot be read at line {line + 1}, byte {at + 1}. Look there and just before for a comma, a quotation mark or a brace that is missing or too many.";
            }
        }

        return $"{NameIn(problem.Message)} cannot be read as settings: it must be a JSON object, and hold no name twice.";
    }

    /// <summary>The framework says which file only in its sentence, between quotation marks.</summary>
    static string NameIn(string message) => message.Split('\'') is [_, var name, ..] ? name : "A file of settings";
}
