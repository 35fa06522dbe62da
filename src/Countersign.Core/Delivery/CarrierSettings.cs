using System.Globalization;

namespace Countersign.Core.Delivery;

/// <summary>The settings of one carrier as its adapter reads them: what was set, else the default. Reading a required one that is missing is a bug.</summary>
public sealed class CarrierSettings(ICarrierKind kind, IReadOnlyDictionary<string, string> settings, IReadOnlyDictionary<string, string> secrets)
{
    /// <summary>A text or choice; null where it is not set and has no default.</summary>
    public string? Find(string name)
    {
        var setting = kind.Settings.First(known => known.Name == name);
        return (setting.IsSecret ? secrets : settings).GetValueOrDefault(name) ?? setting.Default;
    }

    /// <summary>A text, choice or secret that is required or has a default.</summary>
    public string Text(string name) => Find(name) ?? throw new InvalidOperationException($"The setting {name} of {kind.Name} is missing.");

    public int Number(string name) => int.Parse(Text(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    public bool Flag(string name) => Find(name) == "true";

    /// <summary>An address, without a slash at its end.</summary>
    public Uri Address(string name) => new(Text(name).TrimEnd('/'));

    /// <summary>Everything that is wrong: unknown names, missing ones, wrong values, then the kind's own rules. Values are not repeated.</summary>
    public static IReadOnlyList<SettingProblem> Check(ICarrierKind kind, IReadOnlyDictionary<string, string> settings, IReadOnlyDictionary<string, string> secrets)
    {
        var problems = new List<SettingProblem>();
        foreach (var name in settings.Keys.Concat(secrets.Keys).Where(name => kind.Settings.All(known => known.Name != name)))
        {
            problems.Add(new SettingProblem(name, $"{kind.Name} has no such setting. It has: {string.Join(", ", kind.Settings.Select(known => known.Name))}"));
        }

        foreach (var setting in kind.Settings)
        {
            var value = (setting.IsSecret ? secrets : settings).GetValueOrDefault(setting.Name);
            if (value is null)
            {
                if (setting.Required && setting.Default is null)
                {
                    problems.Add(new SettingProblem(setting.Name, $"is required: {setting.Explanation}"));
                }
            }
            else if (setting.ProblemWith(value) is { } problem)
            {
                problems.Add(new SettingProblem(setting.Name, problem));
            }
        }

        return problems.Count > 0 ? problems : [.. kind.Check(new CarrierSettings(kind, settings, secrets))];
    }

    public override string ToString() => $"settings of {kind.Name}";
}
