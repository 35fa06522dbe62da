using System.Data.Common;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>What is wrong with a connection string that the driver does not take. It holds a password, so nothing of it is repeated but a keyword that is nearly one.</summary>
static class PostgresKeywords
{
    const string Form = "It looks like: Host=db.example;Username=countersign;Password=…;Database=countersign; a value with a semicolon stands in quotation marks";

    public static string Explain(string connectionString)
    {
        var given = new DbConnectionStringBuilder();
        try
        {
            given.ConnectionString = connectionString;
        }
        catch (ArgumentException)
        {
            return $"Countersign:Storage cannot be read: somewhere a keyword, an equals sign or a quotation mark is missing. {Form}";
        }

        foreach (string keyword in given.Keys)
        {
            try
            {
                _ = new NpgsqlConnectionStringBuilder { [keyword] = given[keyword] };
            }
            catch (KeyNotFoundException)
            {
                return Unknown(keyword);
            }
            catch (ArgumentException)
            {
                return IsKnown(keyword) ? $"Countersign:Storage has a value of {keyword} that cannot be. {Form}" : Unknown(keyword);
            }
            catch (Exception problem) when (problem is FormatException or OverflowException or InvalidCastException)
            {
                return $"Countersign:Storage has a value of {keyword} that cannot be. {Form}";
            }
        }

        return $"Countersign:Storage cannot be read. {Form}";
    }

    static bool IsKnown(string keyword)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder().ContainsKey(keyword);
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>What is far from every keyword may be the rest of a password with a semicolon.</summary>
    static string Unknown(string keyword)
    {
        string[] usual = ["Host", "Port", "Username", "Password", "Database", "SSL Mode", "Root Certificate", "Timeout", "Command Timeout", "Maximum Pool Size", "Keepalive", "Search Path", "Options", "Pooling"];
        var near = usual.FirstOrDefault(known => Math.Abs(known.Length - keyword.Length) <= 2 && Shared(known.Replace(" ", "", StringComparison.Ordinal), keyword.Replace(" ", "", StringComparison.Ordinal)));
        return near is null
            ? $"Countersign:Storage has a keyword that is none of the driver's. {Form}"
            : $"Countersign:Storage has the keyword {keyword}, which there is not. Did you mean {near}?";
    }

    /// <summary>Whether two words have the same letters but for two at most.</summary>
    static bool Shared(string known, string given)
    {
        var letters = known.ToUpperInvariant().ToList();
        var extra = given.ToUpperInvariant().Count(letter => !letters.Remove(letter));
        return extra <= 1 && letters.Count <= 1;
    }
}
