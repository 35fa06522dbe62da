namespace Countersign.Bench;

/// <summary>
/// One verb of the command line. It takes the arguments after it and gives the exit code: 0 measured, 1 the measured server misbehaved, 2 wrong usage or a missing program, 130 interrupted.
/// </summary>
sealed record Verb(string Name, string Summary, Func<string[], Task<int>> Run)
{
    public const int Misbehaved = 1, WrongUsage = 2, Interrupted = 130;

    public static async Task<int> RunAsync(Verb[] verbs, string[] args)
    {
        if (args.Length == 0 || args[0] is "help" or "--help" or "-h")
        {
            PrintHelp(verbs, args.Length == 0 ? Console.Error : Console.Out);
            return args.Length == 0 ? WrongUsage : 0;
        }

        if (Array.Find(verbs, verb => verb.Name == args[0]) is not { } verb)
        {
            Console.Error.WriteLine($"There is no verb {args[0]}. Try: ./bench.sh --help");
            return WrongUsage;
        }

        try
        {
            return await verb.Run(args[1..]);
        }
        catch (UsageException problem)
        {
            Console.Error.WriteLine($"{problem.Message} Try: ./bench.sh {verb.Name} --help");
            return WrongUsage;
        }
        catch (MissingProgramException problem)
        {
            Console.Error.WriteLine(problem.Message);
            return WrongUsage;
        }
        catch (BenchException problem)
        {
            Console.Error.WriteLine(problem.Message);
            return Misbehaved;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("Interrupted; the server is stopped and its data removed.");
            return Interrupted;
        }
    }

    static void PrintHelp(Verb[] verbs, TextWriter output)
    {
        output.WriteLine("usage: ./bench.sh VERB [options]      (./bench.sh VERB --help for its options)");
        output.WriteLine();
        foreach (var verb in verbs)
        {
            output.WriteLine($"  {verb.Name,-9} {verb.Summary}");
        }
    }
}

/// <summary>The command line makes no sense; the message says what does.</summary>
sealed class UsageException(string message) : Exception(message);

/// <summary>The measured server did what it must not, so there is no result.</summary>
class BenchException(string message) : Exception(message);

/// <summary>A program of others that is needed is not installed; the message says how to install it.</summary>
sealed class MissingProgramException(string message) : Exception(message);
