namespace Countersign.Adapters.Tests.Crashes;

/// <summary>What a caller was doing when the server died: whether that was kept, only the server knows.</summary>
enum Doing
{
    Nothing,
    Sending,
    GuessingWrong,
    Ending,
}

/// <summary>One phone number with its verification, as an application that trusts every answer would remember it. One worker at a time uses it.</summary>
sealed class Person(string number)
{
    public string Number => number;

    /// <summary>The verification of the first accepted send.</summary>
    public string? Sid { get; set; }

    /// <summary>Attempts (VL…) of the sends that were accepted.</summary>
    public HashSet<string> Attempts { get; } = [];

    /// <summary>The code that the phone received; null until a message was read.</summary>
    public string? Code { get; set; }

    /// <summary>Wrong guesses that were answered.</summary>
    public int WrongGuesses { get; set; }

    /// <summary>Whether an answer said that it is approved.</summary>
    public bool Approved { get; set; }

    /// <summary>The call that was cut off.</summary>
    public Doing CutOff { get; set; }

    /// <summary>A code that is not the phone's.</summary>
    public string WrongCode => Code is null ? "0000" : Code[0] == '9' ? $"0{Code[1..]}" : $"{(char)(Code[0] + 1)}{Code[1..]}";
}
